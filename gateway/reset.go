package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

func checkReset(r *workflowservice.ResetWorkflowExecutionRequest) error {
	if r.RequestId == "" {
		return serviceerror.NewInvalidArgument("RequestId is not set on request.")
	}
	if err := first(
		execution(r.WorkflowExecution), sender(r.Identity, r.RequestId),
		known("ResetReapplyType", r.ResetReapplyType, enumspb.ResetReapplyType_name),
	); err != nil {
		return err
	}
	for _, x := range r.ResetReapplyExcludeTypes {
		if err := known("ResetReapplyExcludeType", x, enumspb.ResetReapplyExcludeType_name); err != nil {
			return err
		}
	}
	for _, operation := range r.PostResetOperations {
		if err := checkPostReset(operation); err != nil {
			return err
		}
	}
	return nil
}

// checkPostReset checks what is to be done to the new run before its first task.
func checkPostReset(operation *workflowpb.PostResetOperation) error {
	switch o := operation.GetVariant().(type) {
	case *workflowpb.PostResetOperation_SignalWorkflow_:
		return required("SignalName", o.SignalWorkflow.GetSignalName())
	case *workflowpb.PostResetOperation_UpdateWorkflowOptions_:
		return checkUpdatedOptions(o.UpdateWorkflowOptions.GetWorkflowExecutionOptions(), o.UpdateWorkflowOptions.GetUpdateMask())
	}
	return serviceerror.NewInvalidArgument("A post reset operation is not set: it signals the workflow or updates its options.")
}
