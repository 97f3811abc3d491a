package gateway

import "go.temporal.io/api/workflowservice/v1"

func checkResetActivity(r *workflowservice.ResetActivityRequest) error {
	return first(
		execution(r.Execution),
		chosenActivities(r.GetId(), r.GetType(), r.GetMatchAll()),
		duration("Jitter", r.Jitter),
		sender(r.Identity, ""),
	)
}
