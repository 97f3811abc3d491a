package machine

import (
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
)

// What a child has to do with its parent: it is begun by it, tells it of its end, and ends with it, if that
// is its policy.

// startChild begins the run as a child. Asked again by the same parent, it answers with the child's first run.
func (t *transaction) startChild(q *callpb.StartChildRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	if t.run != nil && t.run.IsChildOf(q.Parent) {
		return ChildStarted(t.run), nil
	}
	start := startOfChild(q)
	found, err := t.admit(admission{start.RequestId, start.WorkflowIdReusePolicy, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL, false})
	if err != nil {
		return nil, err
	}
	if found != nil { // the child has ended, and is all that is known of it
		return &workflowservice.StartWorkflowExecutionResponse{RunId: found.RunId, Started: true, Status: found.Status}, nil
	}
	a := t.startedAttributes(start)
	a.ParentWorkflowNamespace, a.ParentWorkflowExecution = t.in.Namespace, q.Parent.Execution
	a.ParentInitiatedEventId, a.RootWorkflowExecution = q.Parent.InitiatedEventId, q.Root
	t.beginRun(start.RequestId, a)
	t.firstWorkflowTask()
	return ChildStarted(t.run), nil
}

// ChildStarted is the answer to a parent whose child is there.
func ChildStarted(r *Run) *workflowservice.StartWorkflowExecutionResponse {
	return &workflowservice.StartWorkflowExecutionResponse{RunId: r.start.GetFirstExecutionRunId(), Started: true, Status: r.status}
}

func startOfChild(q *callpb.StartChildRequest) *workflowservice.StartWorkflowExecutionRequest {
	a := q.Attributes
	return &workflowservice.StartWorkflowExecutionRequest{
		WorkflowId: a.WorkflowId, WorkflowType: a.WorkflowType, TaskQueue: a.TaskQueue, Input: a.Input, Header: a.Header,
		WorkflowExecutionTimeout: a.WorkflowExecutionTimeout, WorkflowRunTimeout: a.WorkflowRunTimeout, WorkflowTaskTimeout: a.WorkflowTaskTimeout,
		RequestId: CallRequestID(q.Parent), WorkflowIdReusePolicy: a.WorkflowIdReusePolicy, RetryPolicy: a.RetryPolicy, CronSchedule: a.CronSchedule,
		Memo: a.Memo, SearchAttributes: a.SearchAttributes, UserMetadata: q.UserMetadata, Priority: q.Priority,
	}
}

// IsChildOf tells whether the run is the child that a parent's event asks for.
func (r *Run) IsChildOf(parent *callpb.Caller) bool {
	return r.start.GetParentInitiatedEventId() == parent.GetInitiatedEventId() && r.hasParent(parent)
}

func (r *Run) hasParent(parent *callpb.Caller) bool {
	own := r.start.GetParentWorkflowExecution()
	return own != nil && own.WorkflowId == parent.GetExecution().GetWorkflowId() &&
		(own.RunId == parent.GetExecution().GetRunId() || slices.Contains(parent.FormerRunIds, own.RunId))
}

// bidFarewell makes due what a run that closes owes others: its children their policies, and its parent
// its end, unless another run follows. One that a reset replaces hands on its children, if the new run knows them: of
// another run's history it may know those that are not this one's own.
func (r *Run) bidFarewell(event *historypb.HistoryEvent) {
	if !r.replaced.GetKeepsChildren() {
		for id, c := range r.children {
			if policy := c.attributes().ParentClosePolicy; policy != enumspb.PARENT_CLOSE_POLICY_ABANDON {
				caller := r.caller(id)
				if r.replaced != nil {
					caller.FormerRunIds = nil
				}
				r.farewell(id, &callpb.ParentClosedRequest{Execution: c.execution(""), Parent: caller, Policy: policy})
			}
		}
	}
	parent := r.start.GetParentWorkflowExecution()
	if parent == nil || successorOf(event) != "" || r.replaced != nil {
		return
	}
	r.farewell(0, &callpb.ChildClosedRequest{
		Execution: parent, InitiatedEventId: r.start.ParentInitiatedEventId, Child: r.execution(),
		FirstRunId: r.start.FirstExecutionRunId, CloseEvent: event,
	})
}

func (r *Run) farewell(id int64, request proto.Message) {
	if r.farewells == nil {
		r.farewells = map[int64]proto.Message{}
	}
	r.farewells[id] = request
	r.called = append(r.called, id)
}

// successorOf is the run that follows the one that an event closes; "" for none.
func successorOf(event *historypb.HistoryEvent) string {
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		return a.WorkflowExecutionCompletedEventAttributes.NewExecutionRunId
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		return a.WorkflowExecutionFailedEventAttributes.NewExecutionRunId
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		return a.WorkflowExecutionTimedOutEventAttributes.NewExecutionRunId
	case *historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes:
		return a.WorkflowExecutionContinuedAsNewEventAttributes.NewExecutionRunId
	}
	return ""
}

// parentClosed ends the child, or asks it to end, as its policy says.
func (t *transaction) parentClosed(q *callpb.ParentClosedRequest) (*callpb.ParentClosedResponse, error) {
	r, err := t.openRun(q.Execution.GetWorkflowId(), "")
	if err != nil {
		return nil, err
	}
	if !r.IsChildOf(q.Parent) {
		return nil, notTheChild(r.workflowID)
	}
	if q.Policy == enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL {
		t.cancelOnce(&historypb.WorkflowExecutionCancelRequestedEventAttributes{
			Identity: ownIdentity, ExternalWorkflowExecution: q.Parent.Execution,
		}, nil)
	} else {
		t.terminateRun("by parent close policy", nil, ownIdentity, nil)
	}
	return &callpb.ParentClosedResponse{}, nil
}
