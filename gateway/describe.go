package gateway

import "go.temporal.io/api/workflowservice/v1"

func checkDescribe(r *workflowservice.DescribeWorkflowExecutionRequest) error {
	return execution(r.Execution)
}
