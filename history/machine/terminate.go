package machine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// terminate ends the run. Where the first run of a chain is named, it is the latest run that is meant.
func (t *transaction) terminate(q *workflowservice.TerminateWorkflowExecutionRequest) (*workflowservice.TerminateWorkflowExecutionResponse, error) {
	runID := q.WorkflowExecution.GetRunId()
	if q.FirstExecutionRunId != "" {
		runID = ""
	}
	r, err := t.openRun(q.WorkflowExecution.GetWorkflowId(), runID)
	if err != nil {
		return nil, err
	}
	if !inChain(r, q.FirstExecutionRunId) {
		return nil, UnknownWorkflow(r.workflowID)
	}
	t.terminateRun(q.Reason, q.Details, q.Identity, q.Links)
	return &workflowservice.TerminateWorkflowExecutionResponse{}, nil
}

func (t *transaction) terminateRun(reason string, details *commonpb.Payloads, identity string, links []*commonpb.Link) {
	t.breakTask()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, Links: links,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{
			Reason: reason, Details: details, Identity: identity,
		}},
	})
}
