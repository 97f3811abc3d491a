package gateway

import (
	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

// starting is what the requests that start a workflow have in common.
type starting interface {
	GetWorkflowId() string
	GetWorkflowType() *commonpb.WorkflowType
	GetTaskQueue() *taskqueuepb.TaskQueue
	GetWorkflowExecutionTimeout() *durationpb.Duration
	GetWorkflowRunTimeout() *durationpb.Duration
	GetWorkflowTaskTimeout() *durationpb.Duration
	GetWorkflowStartDelay() *durationpb.Duration
	GetRetryPolicy() *commonpb.RetryPolicy
	GetIdentity() string
	GetRequestId() string
	GetCronSchedule() string
	GetWorkflowIdReusePolicy() enumspb.WorkflowIdReusePolicy
	GetWorkflowIdConflictPolicy() enumspb.WorkflowIdConflictPolicy
	GetTimeSkippingConfig() *commonpb.TimeSkippingConfig
	GetPriority() *commonpb.Priority
}

// checkStart also gives a request without a request id one of its own.
func checkStart(r *workflowservice.StartWorkflowExecutionRequest) error {
	err := first(
		checkStarting(r),
		absent("completion_callbacks", len(r.CompletionCallbacks) > 0),
		absent("versioning_override", r.VersioningOverride != nil),
		onConflictOptions(r.OnConflictOptions),
	)
	if r.RequestId == "" {
		r.RequestId = uuid.NewString()
	}
	return err
}

func checkStarting(r starting) error {
	return first(
		required("WorkflowId", r.GetWorkflowId()),
		retryPolicy(r.GetRetryPolicy()),
		workflowType(r.GetWorkflowType()),
		taskQueue(r.GetTaskQueue()),
		duration("WorkflowExecutionTimeout", r.GetWorkflowExecutionTimeout()),
		duration("WorkflowRunTimeout", r.GetWorkflowRunTimeout()),
		duration("WorkflowTaskTimeout", r.GetWorkflowTaskTimeout()),
		startDelay(r),
		sender(r.GetIdentity(), r.GetRequestId()),
		idPolicies(r.GetWorkflowIdReusePolicy(), r.GetWorkflowIdConflictPolicy()),
		cronSchedule(r.GetCronSchedule()),
		absent("time_skipping_config", r.GetTimeSkippingConfig() != nil),
		api.CheckPriority(r.GetPriority()),
	)
}

func startDelay(r starting) error {
	if r.GetCronSchedule() != "" && r.GetWorkflowStartDelay() != nil {
		return serviceerror.NewInvalidArgument("CronSchedule and WorkflowStartDelay may not be used together.")
	}
	return duration("WorkflowStartDelay", r.GetWorkflowStartDelay())
}

func onConflictOptions(o *workflowpb.OnConflictOptions) error {
	if o.GetAttachCompletionCallbacks() && !o.GetAttachRequestId() {
		return serviceerror.NewInvalidArgument("attaching request ID is required for attaching completion callbacks")
	}
	return nil
}

// idPolicies refuses policies that contradict each other.
func idPolicies(reuse enumspb.WorkflowIdReusePolicy, conflict enumspb.WorkflowIdConflictPolicy) error {
	switch {
	case conflict != enumspb.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED && reuse == enumspb.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING:
		return serviceerror.NewInvalidArgument("Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING cannot be used together with a WorkflowIDConflictPolicy.")
	case conflict == enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING && reuse == enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:
		return serviceerror.NewInvalidArgument("Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE cannot be used together with WorkflowIdConflictPolicy WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING")
	}
	return first(
		known("WorkflowIdReusePolicy", reuse, enumspb.WorkflowIdReusePolicy_name),
		known("WorkflowIdConflictPolicy", conflict, enumspb.WorkflowIdConflictPolicy_name),
	)
}
