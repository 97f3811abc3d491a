package gateway

import "go.temporal.io/api/workflowservice/v1"

func checkRequestCancel(r *workflowservice.RequestCancelWorkflowExecutionRequest) error {
	return first(
		execution(r.WorkflowExecution),
		firstRunID(r.FirstExecutionRunId),
		sender(r.Identity, r.RequestId),
	)
}
