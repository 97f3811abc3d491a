package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// startScenes are of workflows that are started in other ways, or again: by policies, schedules and resets.
var startScenes = map[string]scene{
	"lifecycle-failed": {workflow: workflow.Declare[workflow.None, workflow.None]("Alone").Implement(func(_ workflow.Context, n workflow.None) (workflow.None, error) {
		return n, failure.NewNonRetryableApplicationError("outer", "Fatal", nil)
	}), own: true},
	"retried": {own: true, latest: true, options: client.StartOptions{RetryPolicy: &workflow.RetryPolicy{InitialInterval: 10 * time.Millisecond, MaximumAttempts: 2}},
		workflow: alone.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
			if workflow.GetInfo(ctx).Attempt == 1 {
				return "", failure.NewApplicationError("the first attempt", "Flaky")
			}
			return "second run", nil
		})},
	"cron": {own: true, options: client.StartOptions{CronSchedule: "@every 1s"},
		workflow: alone.Implement(func(workflow.Context, workflow.None) (string, error) { return "a run", nil }),
		use: func(t *testing.T, c *client.Client, id string) {
			awaitEvent(t, c, id, 5)
			require.NoError(t, c.Terminate(within(t), id, "", "enough"))
		}},
	"start-delayed": {own: true, options: client.StartOptions{StartDelay: 100 * time.Millisecond}, workflow: alone.Implement(func(workflow.Context, workflow.None) (string, error) { return "at last", nil })},
	"start-eager":   {own: true, options: client.StartOptions{EnableEagerStart: true}, workflow: alone.Implement(func(workflow.Context, workflow.None) (string, error) { return "at once", nil })},
	"reset": {own: true, latest: true, workflow: acting(1), use: func(t *testing.T, c *client.Client, id string) {
		_, err := client.GetRun[string](c, id, "").Result(within(t))
		require.NoError(t, err)
		_, err = c.Reset(within(t), id, "", client.ResetOptions{EventID: 4, Reason: "the test says so"})
		require.NoError(t, err)
		_, err = client.GetRun[string](c, id, "").Result(within(t))
		require.NoError(t, err)
	}},
	"activity-async": {own: true, workflow: acting(1), act: func(context.Context, string) (string, error) { return "", activity.ErrResultPending }, use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 5)
		awaitActivity(t, c, id)
		require.NoError(t, c.CompleteActivityByID(within(t), client.ActivityID{WorkflowID: id, ActivityID: "5"}, "from elsewhere", nil))
	}},
	"paused": {own: true, workflow: alone.Implement(waitsFor), use: func(t *testing.T, c *client.Client, id string) {
		awaitEvent(t, c, id, 4)
		require.NoError(t, c.Pause(within(t), id, "", "stocktaking"))
		require.NoError(t, client.Signal(within(t), c, id, "", began, "meanwhile"))
		require.NoError(t, c.Unpause(within(t), id, "", ""))
	}},
}
