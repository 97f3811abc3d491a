package gateway

import (
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

func checkActivityCompleted(r *workflowservice.RespondActivityTaskCompletedRequest) error {
	return first(taskToken(r.TaskToken), sender(r.Identity, ""))
}

func checkActivityFailed(r *workflowservice.RespondActivityTaskFailedRequest) error {
	return first(taskToken(r.TaskToken), sender(r.Identity, ""), activityFailure(r.Failure))
}

func checkActivityCanceled(r *workflowservice.RespondActivityTaskCanceledRequest) error {
	return first(taskToken(r.TaskToken), sender(r.Identity, ""))
}

func checkActivityHeartbeat(r *workflowservice.RecordActivityTaskHeartbeatRequest) error {
	return first(taskToken(r.TaskToken), sender(r.Identity, ""))
}

// activityByID is what the requests about an activity that is named have in common.
type activityByID interface {
	GetWorkflowId() string
	GetRunId() string
	GetActivityId() string
	GetIdentity() string
}

func checkActivityByID(r activityByID) error {
	return first(
		required("WorkflowId", r.GetWorkflowId()),
		runID(r.GetRunId()),
		required("ActivityId", r.GetActivityId()),
		sender(r.GetIdentity(), ""),
	)
}

func checkActivityCompletedByID(r *workflowservice.RespondActivityTaskCompletedByIdRequest) error {
	return checkActivityByID(r)
}

func checkActivityFailedByID(r *workflowservice.RespondActivityTaskFailedByIdRequest) error {
	return first(checkActivityByID(r), activityFailure(r.Failure))
}

func checkActivityCanceledByID(r *workflowservice.RespondActivityTaskCanceledByIdRequest) error {
	return checkActivityByID(r)
}

func checkActivityHeartbeatByID(r *workflowservice.RecordActivityTaskHeartbeatByIdRequest) error {
	return checkActivityByID(r)
}

// activityFailure: what an activity may fail with is its own error; time-outs
// and cancellations are the service's to say.
func activityFailure(f *failurepb.Failure) error {
	if f != nil && f.GetApplicationFailureInfo() == nil {
		return serviceerror.NewInvalidArgument("Failure must have ApplicationFailureInfo.")
	}
	return nil
}
