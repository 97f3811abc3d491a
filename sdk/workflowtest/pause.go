package workflowtest

import (
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// PauseActivity does what an operator may do to an activity: no further attempt begins, and none of its time-outs pass. An attempt
// that runs is told with its next heartbeat (activity.ErrPaused); if it fails, it does not fail the activity. Call it at a
// virtual time: [Environment.After]. The error is serviceerror.NotFound when no open activity has that id.
func (env *Environment) PauseActivity(activityID string) error {
	at, err := env.openActivity(activityID)
	if err != nil || at.paused {
		return err
	}
	at.paused = true
	env.agenda.remove(at.next)
	if r := at.running; r != nil {
		r.tell(attempt.ErrPaused)
		r.watch()
	}
	return nil
}

// UnpauseActivity lets a paused activity go on, with the next attempt at once. The error is that of [Environment.PauseActivity].
func (env *Environment) UnpauseActivity(activityID string) error {
	at, err := env.openActivity(activityID)
	if err != nil || !at.paused {
		return err
	}
	at.goOn()
	return nil
}

// ResetActivity makes an activity begin again: its next attempt comes at once and is the first. An attempt that runs is
// told with its next heartbeat (activity.ErrReset) and may end; the one after it counts as the second. A paused activity
// goes on. The error is that of [Environment.PauseActivity].
func (env *Environment) ResetActivity(activityID string) error {
	at, err := env.openActivity(activityID)
	if err != nil {
		return err
	}
	at.number = 0
	if r := at.running; r != nil {
		at.number = 1
		r.tell(attempt.ErrReset)
	}
	at.goOn()
	return nil
}

func (env *Environment) openActivity(id string) (*attempts, error) {
	for _, at := range env.open {
		if at.event.GetActivityId() == id {
			return at, nil
		}
	}
	return nil, serviceerror.NewNotFoundf("no activity of the id %q is open", id)
}

// goOn ends a pause. Where no attempt runs, the next begins now, and what the last one failed with is forgotten.
func (at *attempts) goOn() {
	at.paused = false
	if r := at.running; r != nil {
		r.watch()
		return
	}
	at.env.agenda.remove(at.next)
	at.last = nil
	at.next = at.env.agenda.add(at.env.journal.now, at.start)
}

// intoPause tells whether a failure leaves a paused activity open, however many attempts there were.
func (at *attempts) intoPause(f *failurepb.Failure) bool {
	if !at.paused || at.cancel != 0 {
		return false
	}
	_, state := attempt.Next(at.event.GetRetryPolicy(), 0, f)
	return state == enumspb.RETRY_STATE_IN_PROGRESS
}

// tell has the next heartbeat end the attempt's context.
func (r *running) tell(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = cause
}
