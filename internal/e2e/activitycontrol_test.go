package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// attempted is what an attempt at the activity of a controlled workflow begins with.
type attempted struct {
	number int32
	// kept says that there are details of an earlier attempt.
	kept bool
}

// controlled is a workflow with one activity "a", each attempt at which beats until its context ends, and tells why, or
// until it may succeed.
type controlled struct {
	t      *testing.T
	c      *client.Client
	began  chan attempted
	causes chan error
	// done lets the present attempt succeed.
	done chan struct{}
	run  client.Run[string]
}

func startControlled(t *testing.T, c *client.Client, retryAfter time.Duration) *controlled {
	t.Helper()
	x := &controlled{t: t, c: c, began: make(chan attempted, 10), causes: make(chan error, 10), done: make(chan struct{})}
	startOn(t, c, queue, act.Implement(x.attempt), caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			ActivityID: "a", StartToCloseTimeout: patience, HeartbeatTimeout: 2 * time.Second,
			RetryPolicy: &workflow.RetryPolicy{InitialInterval: retryAfter},
		}), act, "one").Get(ctx)
	}))
	var err error
	x.run, err = client.Start(within(t), c, caller, workflow.None{}, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	return x
}

func (x *controlled) attempt(ctx context.Context, _ string) (string, error) {
	var kept string
	err := activity.GetHeartbeatDetails(ctx, &kept)
	x.began <- attempted{activity.GetInfo(ctx).Attempt, err == nil && kept == "kept"}
	for {
		activity.RecordHeartbeat(ctx, "kept")
		select {
		case <-x.done:
			return "done", nil
		case <-ctx.Done():
			x.causes <- context.Cause(ctx)
			return "", failure.NewApplicationError("was stopped", "Stopped")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// activity is the workflow's.
func (x *controlled) activity() client.Activities {
	return client.Activities{WorkflowID: x.run.ID(), ActivityID: "a"}
}

func (x *controlled) pending() *workflowpb.PendingActivityInfo {
	x.t.Helper()
	d, err := x.c.Describe(within(x.t), x.run.ID(), "")
	require.NoError(x.t, err)
	require.Len(x.t, d.GetPendingActivities(), 1)
	return d.GetPendingActivities()[0]
}

func (x *controlled) requireDone() {
	x.t.Helper()
	x.done <- struct{}{}
	out, err := x.run.Result(within(x.t))
	require.NoError(x.t, err)
	require.Equal(x.t, "done", out)
	checkRuns(within(x.t), x.t, x.c, x.run.ID())
}

// A running attempt hears that its activity is paused, and what it leaves comes to the next, behind the pause and with no wait.
func TestAnActivityIsPaused(t *testing.T) {
	t.Parallel()
	_, c, _ := startEmbedded(t)
	x := startControlled(t, c, time.Hour)
	require.Equal(t, attempted{1, false}, <-x.began)
	require.NoError(t, c.PauseActivities(within(t), x.activity(), "a while"))
	require.ErrorIs(t, <-x.causes, activity.ErrPaused)
	eventually(t, func() bool { return x.pending().LastFailure != nil }, "the attempt does not end")
	require.True(t, x.pending().Paused)
	require.Equal(t, "a while", x.pending().GetPauseInfo().GetManual().GetReason())
	require.Empty(t, x.began)
	require.ErrorAs(t, c.UnpauseActivities(within(t), client.Activities{WorkflowID: x.run.ID(), Type: "Other"}, client.UnpauseOptions{}), new(*serviceerror.NotFound))
	require.NoError(t, c.UnpauseActivities(within(t), client.Activities{WorkflowID: x.run.ID(), Type: act.Name()}, client.UnpauseOptions{}))
	require.Equal(t, attempted{2, true}, <-x.began)
	x.requireDone()
}

// A running attempt hears that its activity is reset, and counts as the first: the next is the second, as with Temporal, with what
// it left or without.
func TestAnActivityIsReset(t *testing.T) {
	t.Parallel()
	_, c, _ := startEmbedded(t)
	x := startControlled(t, c, 10*time.Millisecond)
	<-x.began
	for _, forget := range []bool{false, true} {
		require.NoError(t, c.ResetActivities(within(t), x.activity(), client.ResetActivityOptions{ResetHeartbeats: forget}))
		require.ErrorIs(t, <-x.causes, activity.ErrReset)
		require.Equal(t, attempted{2, !forget}, <-x.began)
	}
	x.requireDone()
}

// An activity that waits for its next attempt does so for as long as its new options say.
func TestAnActivityGetsOtherOptions(t *testing.T) {
	t.Parallel()
	_, c, _ := startEmbedded(t)
	x := startControlled(t, c, time.Hour)
	<-x.began
	require.ErrorAs(t, c.UpdateActivityOptions(within(t), x.activity(), client.ActivityOptionsUpdate{}), new(*serviceerror.InvalidArgument))
	require.NoError(t, c.UpdateActivityOptions(within(t), x.activity(), client.ActivityOptionsUpdate{
		HeartbeatTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 10 * time.Millisecond, MaximumAttempts: 7},
	}))
	changed := x.pending().GetActivityOptions()
	require.Equal(t, 10*time.Millisecond, changed.GetRetryPolicy().GetInitialInterval().AsDuration())
	require.EqualValues(t, 7, changed.GetRetryPolicy().GetMaximumAttempts())
	require.Equal(t, time.Minute, changed.GetHeartbeatTimeout().AsDuration())
	require.Equal(t, patience, changed.GetStartToCloseTimeout().AsDuration(), "what is zero stays")
	require.NoError(t, c.UpdateActivityOptions(within(t), x.activity(), client.ActivityOptionsUpdate{Restore: true}))
	require.Equal(t, 2*time.Second, x.pending().GetActivityOptions().GetHeartbeatTimeout().AsDuration())
	x.requireDone()
}
