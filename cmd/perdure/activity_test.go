package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	approve  = activity.Declare[workflow.None, string]("Approve")
	approval = workflow.Declare[workflow.None, string]("Approval")
)

// serveApprovals is a server whose workflows wait for somebody's approval; started tells each attempt at it.
func serveApprovals(t *testing.T) (url string, started <-chan int32) {
	t.Helper()
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c, err := client.Connect(client.Options{URL: server.URL()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w, err := worker.New(c, "q", worker.Options{})
	require.NoError(t, err)
	attempts := make(chan int32, 10)
	w.Register(
		approval.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				ActivityID: "a", StartToCloseTimeout: time.Hour, RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Hour},
			})
			return workflow.ExecuteActivity(ctx, approve, workflow.None{}).Get(ctx)
		}),
		approve.Implement(func(ctx context.Context, _ workflow.None) (string, error) {
			attempts <- activity.GetInfo(ctx).Attempt
			return "", activity.ErrResultPending
		}),
	)
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
	return server.URL(), attempts
}

func TestAnActivityIsOperatedFromTheCommandLine(t *testing.T) {
	url, started := serveApprovals(t)
	start := func(id string) {
		ok(t, url, "workflow", "start", "--type", "Approval", "-t", "q", "-w", id, "-i", `{}`)
		require.EqualValues(t, 1, <-started)
	}
	start("w")
	of := []string{"-w", "w", "-a", "a"}
	do := func(args ...string) string {
		return ok(t, url, append(append([]string{"activity"}, args...), of...)...)
	}

	require.Equal(t, "Workflow w, activity a: paused\n", do("pause", "--reason", "wait for ann"))
	described := ok(t, url, "workflow", "describe", "-w", "w")
	require.Contains(t, described, "PauseRequested by perdure-cli")
	require.Contains(t, described, ": wait for ann")
	require.Contains(t, described, `TemporalPauseInfo=["property:activityType=Approve"]`)
	again := perdure(t.Context(), "", append([]string{"activity", "pause", "--nats-url", url}, of...)...)
	require.Equal(t, exitFailure, again.code)
	require.Contains(t, again.err, "activity is already paused")

	require.Equal(t, "Workflow w, activity a: failed\n", do("fail", "--reason", "not yet", "--detail", `{"by": "ann"}`))
	require.Contains(t, ok(t, url, "workflow", "describe", "-w", "w"), "not yet")
	require.Equal(t, "Workflow w, all activities: unpaused\n", ok(t, url, "activity", "unpause", "-w", "w", "--match-all"))
	require.EqualValues(t, 2, <-started, "at once, and not after an hour")

	options := do("update-options", "--start-to-close-timeout", "30s", "--retry-maximum-attempts", "7", "--retry-initial-interval", "2h")
	require.Contains(t, options, "Start to close     30s")
	require.Contains(t, options, "Attempts           7")
	require.Contains(t, do("update-options", "--restore-original-options"), "Start to close     1h")

	do("fail", "--reason", "again")
	require.Equal(t, "Workflow w, activities of type Approve: reset\n", ok(t, url, "activity", "reset", "-w", "w", "--activity-type", "Approve"))
	require.EqualValues(t, 1, <-started, "its attempts are counted anew")
	require.Equal(t, "Workflow w, activity a: completed\n", do("complete", "--result", `"by ann"`))
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "w"), `"by ann"`)

	start("failed")
	ok(t, url, "activity", "fail", "-w", "failed", "-a", "a", "--type", "Refused", "--reason", "never", "--non-retryable")
	r := perdure(t.Context(), "", "workflow", "result", "-w", "failed", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.out, "Refused: never")
}

func TestAWorkflowIsPausedFromTheCommandLine(t *testing.T) {
	url, started := serveApprovals(t)
	ok(t, url, "workflow", "start", "--type", "Approval", "-t", "q", "-w", "w", "-i", `{}`)
	<-started
	require.Equal(t, "Workflow w: paused\n", ok(t, url, "workflow", "pause", "-w", "w", "--reason", "stocktaking"))
	described := ok(t, url, "workflow", "describe", "-w", "w")
	require.Regexp(t, `Status +Paused`, described)
	require.Regexp(t, `Paused +.* by perdure-cli:.*: stocktaking`, described)
	r := perdure(t.Context(), "", "workflow", "pause", "-w", "w", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "workflow is already paused")
	r = perdure(t.Context(), "", "workflow", "query", "-w", "w", "--name", "__stack_trace", "--nats-url", url)
	require.Equal(t, exitFailure, r.code, "a paused workflow is not asked")

	require.Contains(t, ok(t, url, "activity", "update-options", "-w", "w", "-a", "a", "--heartbeat-timeout", "0s", "-o", "json"), `"startToCloseTimeout": "3600s"`)
	require.JSONEq(t, `{"workflowId": "w", "activityId": "a", "done": "completed"}`,
		ok(t, url, "activity", "complete", "-w", "w", "-a", "a", "--result", `"done"`, "-o", "json"))
	require.Regexp(t, `Status +Paused`, ok(t, url, "workflow", "describe", "-w", "w"))
	require.Equal(t, "Workflow w: unpaused\n", ok(t, url, "workflow", "unpause", "-w", "w"))
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "w"), `"done"`)
	shown := ok(t, url, "workflow", "show", "-w", "w")
	require.Regexp(t, `WorkflowExecutionPaused +by perdure-cli:.*: stocktaking`, shown)
}

// What is wrong with the id of an activity, or a schedule, is told with where to look.
func TestWhatToDoNextIsSaid(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "g", "-i", `"he"`)
	for _, args := range [][]string{{"pause"}, {"reset"}, {"unpause"}, {"complete"}, {"fail"}} {
		r := perdure(t.Context(), "", append([]string{"activity", "-w", "g", "-a", "99", "--nats-url", url}, args...)...)
		require.Equal(t, exitFailure, r.code, r.err)
		require.Contains(t, r.err, ": `perdure workflow describe` shows the ids of those that are open\n")
	}
	r := perdure(t.Context(), "", "workflow", "start", "--type", "Greet", "-t", "q", "--cron", "nightly", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "invalid CronSchedule: give minute, hour")
}

func TestWhatNamesNoActivities(t *testing.T) {
	for _, args := range [][]string{
		{"activity", "pause", "-w", "w"},
		{"activity", "pause", "-w", "w", "-a", "a", "--activity-type", "T"},
		{"activity", "unpause", "-w", "w", "-a", "a", "--match-all"},
		{"activity", "reset", "-a", "a"},
		{"activity", "complete", "-w", "w"},
		{"activity", "complete", "-w", "w", "-a", "a", "--result", "{"},
		{"activity", "fail", "-w", "w", "-a", "a", "--detail", "{"},
		{"activity", "update-options", "-w", "w", "-a", "a"},
		{"activity", "update-options", "-w", "w", "-a", "a", "--restore-original-options", "--heartbeat-timeout", "1s"},
		{"activity", "update-options", "-w", "w", "--heartbeat-timeout", "1s"},
		{"workflow", "pause"},
	} {
		r := perdure(t.Context(), "", args...)
		require.Equal(t, exitUsage, r.code, args)
		require.Contains(t, r.err, "Error: ", args)
	}
}
