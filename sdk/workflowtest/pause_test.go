package workflowtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// beating works for n virtual seconds, and records a heartbeat in each.
func beating(ctx context.Context, n int) error {
	for i := range n {
		activity.RecordHeartbeat(ctx, i)
		if err := Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

func TestAnActivityIsPausedAndGoesOn(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{
		ActivityID: "a", StartToCloseTimeout: time.Minute, HeartbeatTimeout: 5 * time.Second, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1},
	}))
	var causes []error
	var began []time.Duration
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		began = append(began, env.Now().Sub(startTime))
		if len(began) > 1 {
			last := 0
			require.NoError(t, activity.GetHeartbeatDetails(ctx, &last))
			require.Equal(t, 3, last, "what the paused attempt has left")
			return "done", nil
		}
		err := beating(ctx, 100)
		causes = append(causes, context.Cause(ctx))
		return "", err
	})
	env.After(2500*time.Millisecond, func() {
		require.NoError(t, env.PauseActivity("a"))
		require.NoError(t, env.PauseActivity("a"), "it is paused already")
		var missing *serviceerror.NotFound
		require.ErrorAs(t, env.PauseActivity("b"), &missing)
	})
	env.After(time.Hour, func() { require.NoError(t, env.UnpauseActivity("a")) })
	out, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	require.Equal(t, "done", out)
	require.Equal(t, []error{activity.ErrPaused}, causes)
	require.Equal(t, []time.Duration{0, time.Hour}, began, "its only attempt has failed into the pause")
}

func TestAPausedActivityHasNoTimeOuts(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{ActivityID: "a", StartToCloseTimeout: time.Minute}))
	var token []byte
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		token = activity.GetInfo(ctx).TaskToken
		return "", activity.ErrResultPending
	})
	env.After(time.Second, func() { require.NoError(t, env.PauseActivity("a")) })
	env.After(time.Hour, func() { require.NoError(t, env.CompleteActivity(token, "late", nil)) })
	out, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	require.Equal(t, "late", out)
}

func TestAnActivityIsResetInBackoff(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{
		ActivityID: "a", StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Hour, BackoffCoefficient: 1},
	}))
	var attempts []int32
	var tokens []string
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		info := activity.GetInfo(ctx)
		attempts, tokens = append(attempts, info.Attempt), append(tokens, string(info.TaskToken))
		if len(attempts) < 3 {
			return "", failure.NewApplicationError("again", "Again")
		}
		return "done", nil
	})
	env.After(90*time.Minute, func() { require.NoError(t, env.ResetActivity("a")) })
	_, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	require.Equal(t, []int32{1, 2, 1}, attempts)
	require.NotEqual(t, tokens[0], tokens[2], "an attempt of the same number is another")
	require.Equal(t, startTime.Add(90*time.Minute), env.Now())
}

func TestARunningActivityHearsOfItsReset(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{ActivityID: "a", StartToCloseTimeout: time.Minute}))
	var attempts []int32
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		attempts = append(attempts, activity.GetInfo(ctx).Attempt)
		if len(attempts) > 1 {
			return "done", nil
		}
		err := beating(ctx, 100)
		require.ErrorIs(t, context.Cause(ctx), activity.ErrReset)
		return "", err
	})
	env.After(2500*time.Millisecond, func() { require.NoError(t, env.ResetActivity("a")) })
	_, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	require.Equal(t, []int32{1, 2}, attempts)
}
