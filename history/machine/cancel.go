package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// requestCancel asks the workflow to end. A closed run, and one that was asked before, is
// no error and gets no event. Unlike a signal, it ends the wait of a first task, as with Temporal.
func (t *transaction) requestCancel(q *workflowservice.RequestCancelWorkflowExecutionRequest) (*workflowservice.RequestCancelWorkflowExecutionResponse, error) {
	reply := &workflowservice.RequestCancelWorkflowExecutionResponse{}
	execution := q.WorkflowExecution
	r, last := t.run, t.workflow.Last
	if r == nil && last != nil && (execution.GetRunId() == "" || execution.GetRunId() == last.RunId) {
		return reply, nil
	}
	if r == nil || execution.GetRunId() != "" && r.runID != execution.GetRunId() || !inChain(r, q.FirstExecutionRunId) {
		return nil, UnknownWorkflow(execution.GetWorkflowId())
	}
	if !r.Open() || r.cancelRequested {
		return reply, nil
	}
	t.arrive(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, Links: q.Links,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCancelRequestedEventAttributes{WorkflowExecutionCancelRequestedEventAttributes: &historypb.WorkflowExecutionCancelRequestedEventAttributes{
			Cause: q.Reason, Identity: q.Identity,
		}},
	})
	if r.inBackoff {
		t.backoffOver()
	}
	return reply, nil
}

// inChain tells whether the run belongs to the chain that began with a run; empty: any.
func inChain(r *Run, firstRunID string) bool {
	return firstRunID == "" || r.start.GetFirstExecutionRunId() == firstRunID
}
