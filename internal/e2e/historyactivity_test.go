package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// with are the options of the activities in the recordings.
func with(ctx workflow.Context, attempts int32) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 20 * time.Second,
		RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: attempts},
	})
}

// acting is a workflow whose result is that of an activity.
func acting(attempts int32) workflow.Implementation {
	return caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		return workflow.ExecuteActivity(with(ctx, attempts), act, "one").Get(ctx)
	})
}

var activityScenes = map[string]scene{
	"activity-retry": {workflow: acting(0), act: numbered(2)},
	"activity-non-retryable-error": {workflow: acting(0), act: func(context.Context, string) (string, error) {
		return "", failure.NewNonRetryableApplicationError("never again", "Fatal", errors.New("the cause"), "detail", 7)
	}},
	"activity-error-chain": {workflow: acting(1), act: func(context.Context, string) (string, error) {
		return "", failure.NewApplicationErrorWithOptions("outer", "Outer", failure.ApplicationErrorOptions{
			Cause: fmt.Errorf("wrapped: %w", failure.NewApplicationError("inner", "Inner", "x")), Details: []any{map[string]int{"n": 1}, nil},
		})
	}},
	"activity-cancel-wait": {workflow: caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		acting, stop := workflow.WithCancel(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 20 * time.Second, HeartbeatTimeout: time.Second, WaitForCancellation: true,
		}))
		result := workflow.ExecuteActivity(acting, act, "one")
		stopped.Channel(ctx).Receive(ctx)
		stop()
		if _, err := result.Get(ctx); !failure.IsCanceled(err) {
			return "not canceled", nil
		}
		return "canceled", nil
	}), act: func(ctx context.Context, _ string) (string, error) {
		for ctx.Err() == nil {
			activity.RecordHeartbeat(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
		return "", failure.NewCanceledError("cleaned up")
	}, use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 5)
		awaitActivity(t, c, id)
		require.NoError(t, client.Signal(within(t), c, id, "", stopped, "now"))
	}},
	"activity-abandon": {workflow: caller.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
		workflow.ExecuteActivity(with(ctx, 1), act, "one")
		return waitsFor(ctx, n)
	}), act: func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}, use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 5)
		awaitActivity(t, c, id)
		require.NoError(t, client.Signal(within(t), c, id, "", began, "bye"))
	}},
}

var stopped = workflow.DeclareSignal[string]("cancel")

// awaitActivity waits until a worker has taken the run's activity.
func awaitActivity(t *testing.T, c *client.Client, id string) {
	t.Helper()
	require.Eventually(t, func() bool {
		d, err := c.Describe(within(t), id, "")
		return err == nil && len(d.PendingActivities) == 1 && d.PendingActivities[0].Attempt == 1 && d.PendingActivities[0].LastStartedTime != nil
	}, patience, 10*time.Millisecond)
}
