package gateway

import (
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

func checkPauseActivity(r *workflowservice.PauseActivityRequest) error {
	return first(
		execution(r.Execution),
		chosenActivities(r.GetId(), r.GetType(), false),
		bounded("Reason", r.Reason),
		sender(r.Identity, r.RequestId),
	)
}

func checkUnpauseActivity(r *workflowservice.UnpauseActivityRequest) error {
	return first(
		execution(r.Execution),
		chosenActivities(r.GetId(), r.GetType(), r.GetUnpauseAll()),
		duration("Jitter", r.Jitter),
		sender(r.Identity, ""),
	)
}

// chosenActivities refuses a request that says of no activities that it is for them.
func chosenActivities(id, activityType string, all bool) error {
	if id == "" && activityType == "" && !all {
		return serviceerror.NewInvalidArgument("Either Activity.Id or Activity.Type should be set on request.")
	}
	return first(bounded("ActivityId", id), bounded("ActivityType", activityType))
}
