package gateway

import (
	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// checkUpdate also gives an update without an id one of its own, and has a request that says nothing of it wait for the end.
func checkUpdate(r *workflowservice.UpdateWorkflowExecutionRequest) error {
	if err := first(execution(r.WorkflowExecution), firstRunID(r.FirstExecutionRunId)); err != nil {
		return err
	}
	update := r.GetRequest()
	switch {
	case update.GetMeta() == nil:
		return serviceerror.NewInvalidArgument("Update meta is not set on request.")
	case update.Input == nil:
		return serviceerror.NewInvalidArgument("Update input is not set on request.")
	case update.Input.Name == "":
		return serviceerror.NewInvalidArgument("Update name is not set on request.")
	}
	if update.Meta.UpdateId == "" {
		update.Meta.UpdateId = uuid.NewString()
	}
	if r.WaitPolicy == nil {
		r.WaitPolicy = &updatepb.WaitPolicy{}
	}
	if r.WaitPolicy.LifecycleStage == enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_UNSPECIFIED {
		r.WaitPolicy.LifecycleStage = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
	}
	if r.WaitPolicy.LifecycleStage == enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED {
		return serviceerror.NewPermissionDenied("UpdateWorkflowExecution issued asynchronously and waiting on update admitted is not supported.", "")
	}
	return first(
		bounded("UpdateId", update.Meta.UpdateId),
		bounded("UpdateName", update.Input.Name),
		sender(update.Meta.Identity, update.RequestId),
		stage(r.WaitPolicy),
		absent("completion_callbacks of UpdateWorkflowExecution", len(update.CompletionCallbacks) > 0),
	)
}

func stage(p *updatepb.WaitPolicy) error {
	return known("LifecycleStage", p.GetLifecycleStage(), enumspb.UpdateWorkflowExecutionLifecycleStage_name)
}

func checkPollUpdate(r *workflowservice.PollWorkflowExecutionUpdateRequest) error {
	if r.UpdateRef == nil {
		return serviceerror.NewInvalidArgument("UpdateRef is not set on request.")
	}
	return first(execution(r.UpdateRef.WorkflowExecution), required("UpdateId", r.UpdateRef.UpdateId), stage(r.WaitPolicy))
}

// errOther is the error of the operation that is not at fault.
var errOther = serviceerror.NewMultiOperationAborted("Operation was aborted.")

// checkMultiOperation lets through a start and an update of the same workflow.
func checkMultiOperation(r *workflowservice.ExecuteMultiOperationRequest) error {
	if len(r.Operations) != 2 || r.Operations[0].GetStartWorkflow() == nil || r.Operations[1].GetUpdateWorkflow() == nil {
		return serviceerror.NewInvalidArgument("Operations have to be exactly [Start, Update].")
	}
	start, update := r.Operations[0].GetStartWorkflow(), r.Operations[1].GetUpdateWorkflow()
	starting, updating := checkStartWithUpdate(r.Namespace, start), checkUpdateWithStart(r.Namespace, update)
	if starting == nil && updating == nil && update.WorkflowExecution.GetWorkflowId() != start.WorkflowId {
		updating = serviceerror.NewInvalidArgument("WorkflowId is not consistent with previous operation(s).")
	}
	return notExecuted(starting, updating)
}

// notExecuted is the error of a start with an update of which one is at fault, or both are; nil: none is.
func notExecuted(start, update error) error {
	if start == nil && update == nil {
		return nil
	}
	errs := []error{start, update}
	for i, err := range errs {
		if err == nil {
			errs[i] = errOther
		}
	}
	return serviceerror.NewMultiOperationExecution("Update-with-Start could not be executed.", errs)
}

func checkStartWithUpdate(namespace string, r *workflowservice.StartWorkflowExecutionRequest) error {
	if err := first(ofNamespace(namespace, r.Namespace), checkStart(r)); err != nil {
		return err
	}
	switch {
	case r.CronSchedule != "":
		return serviceerror.NewInvalidArgument("CronSchedule is not allowed.")
	case r.RequestEagerExecution:
		return serviceerror.NewInvalidArgument("RequestEagerExecution is not supported.")
	case r.WorkflowStartDelay.AsDuration() > 0:
		return serviceerror.NewInvalidArgument("WorkflowStartDelay is not supported.")
	}
	return nil
}

func checkUpdateWithStart(namespace string, r *workflowservice.UpdateWorkflowExecutionRequest) error {
	if err := first(ofNamespace(namespace, r.Namespace), checkUpdate(r)); err != nil {
		return err
	}
	switch {
	case r.FirstExecutionRunId != "":
		return serviceerror.NewInvalidArgument("FirstExecutionRunId is not allowed.")
	case r.WorkflowExecution.GetRunId() != "":
		return serviceerror.NewInvalidArgument("RunId is not allowed.")
	}
	return nil
}

func ofNamespace(namespace, named string) error {
	if named != "" && named != namespace {
		return serviceerror.NewInvalidArgument("Operation namespace did not match request's namespace.")
	}
	return nil
}
