package gateway

import "go.temporal.io/api/workflowservice/v1"

func checkTerminate(r *workflowservice.TerminateWorkflowExecutionRequest) error {
	return first(
		execution(r.WorkflowExecution),
		firstRunID(r.FirstExecutionRunId),
		sender(r.Identity, ""),
	)
}
