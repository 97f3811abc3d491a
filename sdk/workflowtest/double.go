package workflowtest

import (
	"context"
	"time"

	"github.com/perdure/perdure/sdk/activity"
)

// Double stands in for an activity; [OnActivity] makes it.
type Double struct {
	impl  activity.Implementation
	takes time.Duration
	calls int
}

// OnActivity replaces an activity by a function of the test, for all attempts from now on. An attempt is as in
// production: what package activity tells by its context is there, an error or a panic is retried by the
// retry policy after a virtual back-off, and a heartbeat's details reach the next attempt. A
// *failure.TimeoutError that it returns counts as a time-out of the attempt.
//
// It is called at the virtual time at which an attempt starts. It takes no virtual time, unless it calls
// [Sleep] or [Double.Takes] says so, and its context has no deadline in real time: do not wait for
// the workflow in it.
func OnActivity[In, Out any](env *Environment, a activity.Activity[In, Out], fn func(ctx context.Context, in In) (Out, error)) *Double {
	d := &Double{impl: a.Implement(fn)}
	env.activities[a.Name()] = d
	return d
}

// Takes sets how long, in virtual time, each attempt works after the function has returned. An attempt
// that takes longer than its start-to-close time-out times out. It is taken to send the heartbeats that
// are due, so it does not time out by them, and to end as canceled as soon as the workflow cancels it;
// where that matters, use [Sleep].
func (d *Double) Takes(t time.Duration) *Double {
	d.takes = t
	return d
}

// Calls is the number of attempts so far.
func (d *Double) Calls() int { return d.calls }

// Register makes activities run for real; see [OnActivity] to replace them. They run in the test's time:
// while one waits, the virtual time stands still.
func (env *Environment) Register(impls ...activity.Implementation) {
	for _, impl := range impls {
		env.activities[impl.Name()] = &Double{impl: impl}
	}
}
