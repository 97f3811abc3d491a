package gateway

import "go.temporal.io/api/workflowservice/v1"

func checkResetSticky(r *workflowservice.ResetStickyTaskQueueRequest) error {
	return execution(r.Execution)
}
