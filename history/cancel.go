package history

import (
	"context"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/history/machine"
)

// canceledRun is the run by whose id a request asks for a cancellation; "" for the latest, and for other requests.
func canceledRun(request proto.Message) string {
	switch q := request.(type) {
	case *workflowservice.RequestCancelWorkflowExecutionRequest:
		if q.FirstExecutionRunId == "" {
			return q.WorkflowExecution.GetRunId()
		}
	case *callpb.CancelExternalRequest:
		if q.Caller.GetExecution().GetWorkflowId() != q.Execution.GetWorkflowId() {
			return q.Execution.GetRunId()
		}
	}
	return ""
}

// cancelOlder answers a request to cancel a run before the latest: it has closed, so that nothing is left to do, or never was.
func (l *loop) cancelOlder(e *entry, r *request, runID string) {
	if e.closedRun(runID) != nil {
		l.answerSurely(r, &workflowservice.RequestCancelWorkflowExecutionResponse{}, nil)
		return
	}
	id := e.ID
	l.fetch(e, r, func(ctx context.Context) func(*entry) {
		found, err := l.store.HasClosed(ctx, id, runID)
		return func(e *entry) {
			switch {
			case err != nil:
				r.answer(nil, serviceerror.NewUnavailablef("reading the history of workflow %q: %v", id, err))
			case found && !e.isDeleted(runID):
				l.answerSurely(r, &workflowservice.RequestCancelWorkflowExecutionResponse{}, nil)
			default:
				l.answerSurely(r, nil, machine.UnknownWorkflow(id))
			}
		}
	})
}

// isOlder tells whether a run that is named may be one before the latest.
func (e *entry) isOlder(runID string) bool {
	switch {
	case runID == "":
		return false
	case e.Run != nil:
		return e.Run.RunID() != runID
	}
	return e.Last != nil && e.Last.RunId != runID
}
