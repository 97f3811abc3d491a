package machine

import (
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// resetActivity makes activities begin again with their first attempt, at once unless an attempt runs. That one
// may still end; its worker hears of the reset with its next heartbeat.
func (t *transaction) resetActivity(q *workflowservice.ResetActivityRequest) (*workflowservice.ResetActivityResponse, error) {
	chosen, err := t.choose(q.Execution, activityChoice{q.GetId(), q.GetType(), q.GetMatchAll()})
	if err != nil {
		return nil, err
	}
	for _, a := range chosen {
		t.change(&recordpb.Change{Change: &recordpb.Change_ActivityReset{ActivityReset: &recordpb.ActivityReset{
			ScheduledEventId: a.ScheduledEventId, ResetHeartbeat: q.ResetHeartbeat, KeepPaused: q.KeepPaused,
			RestoreOptions: q.RestoreOriginalOptions, DueTime: t.soon(a, q.Jitter.AsDuration()),
		}}})
	}
	return &workflowservice.ResetActivityResponse{}, nil
}

func (r *Run) applyActivityReset(c *recordpb.ActivityReset, now int64) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	a.countAnew()
	a.WasReset = true
	a.ResetHeartbeat = a.ResetHeartbeat || c.ResetHeartbeat
	if c.RestoreOptions {
		a.setOptions(nil)
	}
	if !c.KeepPaused {
		r.setActivityPause(a, nil)
	}
	if a.StartedTime == 0 && a.Pause == nil {
		r.requeue(a, c.DueTime, now)
	}
	return nil
}
