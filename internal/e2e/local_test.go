package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	caller = workflow.Declare[workflow.None, string]("Caller")
	act    = activity.Declare[string, string]("Act")
)

// calling is a workflow whose result is that of a local activity.
func calling(o workflow.LocalActivityOptions) workflow.Implementation {
	return caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, o), act, "one").Get(ctx)
	})
}

func greet(_ context.Context, in string) (string, error) { return "hello " + in, nil }

// numbered fails by the number of its attempt, up to one.
func numbered(failures int32) func(context.Context, string) (string, error) {
	return func(ctx context.Context, _ string) (string, error) {
		n := activity.GetInfo(ctx).Attempt
		if n <= failures {
			return "", failure.NewApplicationError(fmt.Sprintf("attempt %d failed", n), "Flaky", n)
		}
		return fmt.Sprintf("attempt %d", n), nil
	}
}

// The workflows of recordings of Temporal, run by this SDK on this server, leave the same events with the same attributes.
func TestLocalActivitiesLeaveTheHistoriesOfTemporal(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	brief, observer := workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Second}, connectClient(t, s.URL())
	for name, test := range map[string]struct {
		workflow    workflow.Implementation
		activity    func(context.Context, string) (string, error)
		taskTimeout time.Duration
	}{
		"localactivity-success": {calling(brief), greet, 0},
		"localactivity-failed": {calling(brief), func(context.Context, string) (string, error) {
			return "", failure.NewNonRetryableApplicationError("never", "Fatal", nil, "detail")
		}, 0},
		"localactivity-retries-exhausted": {calling(workflow.LocalActivityOptions{
			StartToCloseTimeout: 5 * time.Second, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, MaximumAttempts: 2},
		}), numbered(9), 0},
		"localactivity-retry-by-timer": {calling(workflow.LocalActivityOptions{
			StartToCloseTimeout: 5 * time.Second, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 2500 * time.Millisecond, MaximumAttempts: 3},
		}), numbered(1), 2 * time.Second},
		"localactivity-long": {calling(workflow.LocalActivityOptions{StartToCloseTimeout: patience}), func(ctx context.Context, _ string) (string, error) {
			return "at last", outlastTask(ctx, observer, "localactivity-long")
		}, 4 * time.Second},
		"localactivity-then-activity": {caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
			a, err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, brief), act, "a").Get(ctx)
			if err != nil {
				return "", err
			}
			b, err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: 20 * time.Second,
				RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: 1},
			}), act, "b").Get(ctx)
			return a + ", " + b, err
		}), greet, 0},
		"marker-mutable-side-effect": {changing, greet, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connectClient(t, s.URL())
			startOn(t, c, name, test.workflow, act.Implement(test.activity))
			ctx := within(t)
			run, err := client.Start(ctx, c, workflow.Declare[workflow.None, converter.Raw](test.workflow.Name()), workflow.None{}, client.StartOptions{ID: name, TaskQueue: name, TaskTimeout: test.taskTimeout})
			require.NoError(t, err)
			_, _ = run.Result(ctx) // the history tells what it came to
			got := checkRuns(ctx, t, c, name)[0]
			alike(t, "../../sdk/workflowtest/testdata/golden/"+name+".json", got)
			require.NoError(t, workflowtest.Replay(&historypb.History{Events: got}, test.workflow))
		})
	}
}

// outlastTask waits until a run has a second workflow task.
func outlastTask(ctx context.Context, c *client.Client, id string) error {
	const second = 5 // its scheduled event
	for event, err := range c.History(ctx, id, "", client.HistoryOptions{Follow: true}) {
		if err != nil || event.GetEventId() == second {
			return err
		}
	}
	return errors.New("the history ends early")
}

// changing reads a value that changes once.
var changing = workflow.Declare[workflow.None, []int]("Alone").Implement(func(ctx workflow.Context, _ workflow.None) ([]int, error) {
	var out []int
	for _, v := range []int{1, 1, 2} {
		got, err := workflow.MutableSideEffect(ctx, "the-value", func() int { return v }, func(a, b int) bool { return a == b })
		if err != nil {
			return nil, err
		}
		out = append(out, got)
		if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return out, nil
})

// A worker is lost in the midst of a local activity: when its task has timed out, another worker makes all attempts again.
func TestWorkerLostDuringALocalActivity(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	impl := calling(workflow.LocalActivityOptions{StartToCloseTimeout: patience})
	began, gone := make(chan struct{}, 100), make(chan error, 100)
	lost := connection(t, s.URL())
	first, err := client.Connect(client.Options{Conn: lost})
	require.NoError(t, err)
	defer first.Close()
	startOn(t, first, queue, impl, act.Implement(func(ctx context.Context, _ string) (string, error) {
		began <- struct{}{}
		<-ctx.Done()
		gone <- context.Cause(ctx)
		return "", ctx.Err()
	}))
	c := connectClient(t, s.URL())
	run, err := client.Start(within(t), c, caller, workflow.None{}, client.StartOptions{ID: "lost", TaskQueue: queue, TaskTimeout: time.Second})
	require.NoError(t, err)
	select {
	case <-began:
	case <-within(t).Done():
		t.Fatal("it does not begin")
	}
	lost.Close()

	startOn(t, c, queue, impl, act.Implement(greet))
	out, err := run.Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "hello one", out)
	select {
	case cause := <-gone:
		require.ErrorIs(t, cause, activity.ErrGone)
	case <-within(t).Done():
		t.Fatal("the lost worker waits for ever")
	}
	events := checkRuns(within(t), t, c, "lost")[0]
	require.NoError(t, workflowtest.Replay(&historypb.History{Events: events}, impl))
}

// While a local activity keeps its workflow task open, the heartbeats answer queries, bring signals, and bring the cancellation that
// ends it.
func TestQueryAndCancelDuringALocalActivity(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	impl := caller.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		woken := "by nobody"
		dream.Handle(ctx, func(workflow.None) (string, error) { return woken, nil })
		workflow.Go(ctx, func(ctx workflow.Context) { woken, _ = wake.Channel(ctx).Receive(ctx) })
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: patience})
		return workflow.ExecuteLocalActivity(ctx, act, "one").Get(ctx)
	})
	began := make(chan struct{}, 100)
	startOn(t, c, queue, impl, act.Implement(func(ctx context.Context, _ string) (string, error) {
		began <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	}))
	ctx := within(t)
	run, err := client.Start(ctx, c, caller, workflow.None{}, client.StartOptions{ID: "asked", TaskQueue: queue, TaskTimeout: time.Second})
	require.NoError(t, err)
	<-began
	out, err := client.Query(ctx, c, "asked", "", dream, workflow.None{})
	require.NoError(t, err)
	require.Equal(t, "by nobody", out)
	require.NoError(t, client.Signal(ctx, c, "asked", "", wake, "by ann"))
	eventually(t, func() bool {
		out, err := client.Query(ctx, c, "asked", "", dream, workflow.None{})
		require.NoError(t, err)
		return out == "by ann"
	}, "the signal does not arrive")
	require.NoError(t, c.Cancel(ctx, "asked", ""))
	_, err = run.Result(ctx)
	require.True(t, failure.IsCanceled(err), "%v", err)
	events := checkRuns(ctx, t, c, "asked")[0]
	require.NoError(t, workflowtest.Replay(&historypb.History{Events: events}, impl))
}

// A server is stopped in the midst of a local activity and started again: the run goes on, with that attempt or another.
func TestServerStoppedDuringALocalActivity(t *testing.T) {
	t.Parallel()
	config := runtime.Config{DataDir: natstest.Dir(t), Listen: proctest.FreeAddress(t), SyncInterval: seldom}
	s := startLocal(t, config)
	c := connectClient(t, s.URL())
	impl := calling(workflow.LocalActivityOptions{StartToCloseTimeout: patience})
	began, release := make(chan struct{}, 100), make(chan struct{})
	startOn(t, c, queue, impl, act.Implement(func(ctx context.Context, in string) (string, error) {
		began <- struct{}{}
		select {
		case <-release:
			return "hello " + in, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}))
	ctx := within(t)
	run, err := client.Start(ctx, c, caller, workflow.None{}, client.StartOptions{ID: "interrupted", TaskQueue: queue, TaskTimeout: time.Second})
	require.NoError(t, err)
	<-began
	s.stop(t)
	startLocal(t, config)
	close(release)
	out, err := run.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "hello one", out)
	events := checkRuns(ctx, t, c, "interrupted")[0]
	require.NoError(t, workflowtest.Replay(&historypb.History{Events: events}, impl))
}

// startOn starts a worker of a queue of its own.
func startOn(t *testing.T, c *client.Client, queue string, implementations ...worker.Implementation) {
	t.Helper()
	w, err := worker.New(c, queue, worker.Options{})
	require.NoError(t, err)
	w.Register(implementations...)
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
}
