package gateway

import "go.temporal.io/api/workflowservice/v1"

func checkDelete(r *workflowservice.DeleteWorkflowExecutionRequest) error {
	return execution(r.WorkflowExecution)
}
