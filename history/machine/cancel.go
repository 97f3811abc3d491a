package machine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// requestCancel asks the workflow to end. A closed run, and one that was asked before, is
// no error and gets no event. Unlike a signal, it ends the wait of a first task, as with Temporal. Where the first run of a
// chain is named, it is the latest run that is meant.
func (t *transaction) requestCancel(q *workflowservice.RequestCancelWorkflowExecutionRequest) (*workflowservice.RequestCancelWorkflowExecutionResponse, error) {
	reply, r, runID := &workflowservice.RequestCancelWorkflowExecutionResponse{}, t.run, q.WorkflowExecution.GetRunId()
	if q.FirstExecutionRunId != "" {
		runID = ""
	}
	if t.closed(runID) {
		return reply, nil
	}
	if r == nil || runID != "" && r.runID != runID || !inChain(r, q.FirstExecutionRunId) {
		return nil, UnknownWorkflow(q.WorkflowExecution.GetWorkflowId())
	}
	t.cancelOnce(&historypb.WorkflowExecutionCancelRequestedEventAttributes{Cause: q.Reason, Identity: q.Identity}, q.Links)
	return reply, nil
}

// cancelOnce tells the open run that it is to end, unless it was told before.
func (t *transaction) cancelOnce(a *historypb.WorkflowExecutionCancelRequestedEventAttributes, links []*commonpb.Link) {
	if t.run.cancelRequested {
		return
	}
	t.arrive(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, Links: links,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCancelRequestedEventAttributes{WorkflowExecutionCancelRequestedEventAttributes: a},
	})
	if t.run.inBackoff {
		t.backoffOver()
	}
}

// closed tells whether the latest run is that one, "" for any, and has closed.
func (t *transaction) closed(runID string) bool {
	if t.run != nil {
		return !t.run.Open() && (runID == "" || runID == t.run.runID)
	}
	last := t.workflow.Last
	return last != nil && (runID == "" || runID == last.RunId)
}

// inChain tells whether the run belongs to the chain that began with a run; empty: any.
func inChain(r *Run, firstRunID string) bool {
	return firstRunID == "" || r.start.GetFirstExecutionRunId() == firstRunID
}
