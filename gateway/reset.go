package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

func checkReset(r *workflowservice.ResetWorkflowExecutionRequest) error {
	if r.RequestId == "" {
		return serviceerror.NewInvalidArgument("RequestId is not set on request.")
	}
	if err := first(
		execution(r.WorkflowExecution), sender(r.Identity, r.RequestId),
		known("ResetReapplyType", r.ResetReapplyType, enumspb.ResetReapplyType_name),
		absent("post_reset_operations of ResetWorkflowExecution", len(r.PostResetOperations) > 0),
	); err != nil {
		return err
	}
	for _, x := range r.ResetReapplyExcludeTypes {
		if err := known("ResetReapplyExcludeType", x, enumspb.ResetReapplyExcludeType_name); err != nil {
			return err
		}
	}
	return nil
}
