package gateway

import (
	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

func checkSignal(r *workflowservice.SignalWorkflowExecutionRequest) error {
	return first(
		execution(r.WorkflowExecution),
		required("SignalName", r.SignalName),
		sender(r.Identity, r.RequestId),
	)
}

// checkSignalWithStart also gives a request without a request id one of its own.
func checkSignalWithStart(r *workflowservice.SignalWithStartWorkflowExecutionRequest) error {
	err := first(
		required("SignalName", r.SignalName),
		checkStarting(r),
		conflictForSignal(r.WorkflowIdConflictPolicy),
		absent("versioning_override", r.VersioningOverride != nil),
	)
	if r.RequestId == "" {
		r.RequestId = uuid.NewString()
	}
	return err
}

// conflictForSignal: a run that is there is what a signal is for.
func conflictForSignal(policy enumspb.WorkflowIdConflictPolicy) error {
	if policy == enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL {
		return serviceerror.NewInvalidArgument("Invalid WorkflowIDConflictPolicy: WORKFLOW_ID_CONFLICT_POLICY_FAIL is not supported for this operation.")
	}
	return nil
}
