package machine

import (
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// pauseActivity lets no further attempt of activities begin, and none of their time-outs pass. An attempt that
// runs goes on: its worker hears of the pause with its next heartbeat.
func (t *transaction) pauseActivity(q *workflowservice.PauseActivityRequest) (*workflowservice.PauseActivityResponse, error) {
	chosen, err := t.choose(q.Execution, activityChoice{id: q.GetId(), activityType: q.GetType()})
	if err != nil {
		return nil, err
	}
	for _, a := range chosen {
		if a.Pause != nil && a.Pause.RequestId != q.RequestId {
			return nil, serviceerror.NewFailedPrecondition("activity is already paused")
		}
	}
	for _, a := range chosen {
		if a.Pause != nil {
			continue // by this very request
		}
		t.change(&recordpb.Change{Change: &recordpb.Change_ActivityPaused{ActivityPaused: &recordpb.ActivityPaused{
			ScheduledEventId: a.ScheduledEventId,
			Pause:            &recordpb.Pause{Time: t.now, Identity: q.Identity, Reason: q.Reason, RequestId: q.RequestId},
		}}})
	}
	return &workflowservice.PauseActivityResponse{}, nil
}

// unpauseActivity lets activities go on, the attempt to come at once. Those that are not paused are left alone.
func (t *transaction) unpauseActivity(q *workflowservice.UnpauseActivityRequest) (*workflowservice.UnpauseActivityResponse, error) {
	chosen, err := t.choose(q.Execution, activityChoice{q.GetId(), q.GetType(), q.GetUnpauseAll()})
	if err != nil {
		return nil, err
	}
	for _, a := range chosen {
		if a.Pause == nil {
			continue
		}
		t.change(&recordpb.Change{Change: &recordpb.Change_ActivityUnpaused{ActivityUnpaused: &recordpb.ActivityUnpaused{
			ScheduledEventId: a.ScheduledEventId, ResetAttempts: q.ResetAttempts, ResetHeartbeat: q.ResetHeartbeat,
			DueTime: t.soon(a, q.Jitter.AsDuration()),
		}}})
	}
	return &workflowservice.UnpauseActivityResponse{}, nil
}

func (r *Run) applyActivityPaused(c *recordpb.ActivityPaused) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	r.setActivityPause(a, c.Pause)
	if a.StartedTime == 0 {
		a.withdraw()
	}
	return nil
}

func (r *Run) applyActivityUnpaused(c *recordpb.ActivityUnpaused, now int64) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	r.setActivityPause(a, nil)
	if c.ResetAttempts {
		a.countAnew()
	}
	if c.ResetHeartbeat {
		a.HeartbeatDetails, a.HeartbeatTime = nil, 0
	}
	if a.StartedTime == 0 {
		r.requeue(a, c.DueTime, now)
	}
	return nil
}

// setActivityPause pauses an activity, or, with nil, lets it go on.
func (r *Run) setActivityPause(a *activity, pause *recordpb.Pause) {
	if was, is := a.Pause != nil, pause != nil; was != is {
		r.pausedActivities++
		if was {
			r.pausedActivities -= 2
		}
	}
	a.Pause = pause
}

// startable tells whether a worker may start the attempt to come once it is due.
func (a *activity) startable() bool { return a.StartedTime == 0 && a.Pause == nil && !a.Held }

// withdraw makes the tasks so far void.
func (a *activity) withdraw() {
	a.Stamp++
	a.Queued = nil
}

// requeue makes the tasks so far void and has the attempt to come queued at a time. What the one before left
// is forgotten, but for the details of its heartbeats.
func (r *Run) requeue(a *activity, due, now int64) {
	a.withdraw()
	a.DueTime, a.LastFailure, a.Held = due, nil, false
	a.attemptOver()
	r.queueDue(now)
}

// countAnew makes the attempt to come the first, or, while one runs, the one after it the second, as Temporal does.
func (a *activity) countAnew() {
	if a.StartedTime != 0 && a.RunningAttempt == 0 && a.Attempt != 1 {
		a.RunningAttempt = a.Attempt
	}
	a.Attempt = 1
}

// attemptOver ends what held for the attempt that ran.
func (a *activity) attemptOver() {
	if a.ResetHeartbeat {
		a.HeartbeatDetails, a.HeartbeatTime = nil, 0
	}
	if a.RunningAttempt != 0 { // the number of an attempt to come was another's before
		a.Stamp++
	}
	a.WasReset, a.ResetHeartbeat, a.RunningAttempt, a.RunningQueue = false, false, 0, ""
}

// numbered is the number under which the attempt that runs was started, or that of the attempt to come.
func (a *activity) numbered() int32 {
	if a.RunningAttempt != 0 {
		return a.RunningAttempt
	}
	return a.Attempt
}

// queue is where the attempt that runs came from, or where the attempt to come is queued.
func (a *activity) queue() string {
	if a.RunningQueue != "" {
		return a.RunningQueue
	}
	return a.scheduled.GetTaskQueue().GetName()
}
