package machine_test

import (
	"cmp"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
)

// fillCall puts into a call of the recording's other workflow who that is, and what its own maker handed over.
func (g *recording) fillCall(w *world, q proto.Message) {
	switch q := q.(type) {
	case *callpb.StartChildRequest:
		g.calledBy(q.Parent)
		g.fillChild(w, q)
	case *callpb.ParentClosedRequest:
		g.calledBy(q.Parent)
	case *callpb.CancelExternalRequest:
		g.calledBy(q.Caller)
	case *callpb.SignalExternalRequest:
		g.calledBy(q.Caller)
		if a := g.nextSignal(w); a != nil {
			q.Attributes.SignalName, q.Attributes.Input, q.Attributes.Header = a.SignalName, a.Input, a.Header
		}
	case *callpb.ChildClosedRequest:
		q.Child.WorkflowId = g.other
		if a := q.CloseEvent.GetWorkflowExecutionCompletedEventAttributes(); a != nil {
			a.Result = g.last(w, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED).GetChildWorkflowExecutionCompletedEventAttributes().GetResult()
		}
	}
}

// calledBy is the other workflow; where there is none, a workflow calls itself.
func (g *recording) calledBy(c *callpb.Caller) {
	c.Execution = &commonpb.WorkflowExecution{WorkflowId: cmp.Or(g.other, g.Histories[0].WorkflowID), RunId: c.Execution.RunId}
}

func (g *recording) fillChild(w *world, q *callpb.StartChildRequest) {
	start := &workflowservice.StartWorkflowExecutionRequest{TaskQueue: q.Attributes.TaskQueue}
	g.fillStart(w, start)
	q.Root = q.Parent.Execution
	q.UserMetadata, q.Priority = start.UserMetadata, start.Priority
	proto.Merge(q.Attributes, &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
		WorkflowType: start.WorkflowType, Input: start.Input, Header: start.Header, Memo: start.Memo, SearchAttributes: start.SearchAttributes,
	})
}
