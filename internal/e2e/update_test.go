package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	counter  = workflow.Declare[workflow.None, int]("Counter")
	addTo    = workflow.DeclareUpdate[int, int]("add")
	slowly   = workflow.DeclareUpdate[string, string]("slow")
	gated    = workflow.DeclareUpdate[int, int]("gated")
	failing  = workflow.DeclareUpdate[workflow.None, workflow.None]("fail")
	openGate = workflow.DeclareSignal[string]("open")
	leave    = workflow.DeclareSignal[string]("go")
)

// counting adds what the updates "add" and "gated" bring, those of "gated" once the signal "open" has come, until the signal "go".
func counting(ctx workflow.Context, _ workflow.None) (int, error) {
	total, open := 0, false
	add := func(_ workflow.Context, n int) (int, error) {
		total += n
		return total, nil
	}
	addTo.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[int]{Validator: func(_ workflow.Context, n int) error {
		if n < 0 {
			return failure.NewApplicationError("no negative numbers", "Negative")
		}
		return nil
	}}, add)
	slowly.Handle(ctx, func(ctx workflow.Context, name string) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 20 * time.Second,
			RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1, MaximumAttempts: 1},
		}), act, name).Get(ctx)
	})
	gated.Handle(ctx, func(ctx workflow.Context, n int) (int, error) {
		if err := workflow.Await(ctx, func() bool { return open }); err != nil {
			return 0, err
		}
		return add(ctx, n)
	})
	failing.Handle(ctx, func(workflow.Context, workflow.None) (workflow.None, error) {
		return workflow.None{}, failure.NewApplicationError("update failed", "Bad", "detail")
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		openGate.Channel(ctx).Receive(ctx)
		open = true
	})
	leave.Channel(ctx).Receive(ctx)
	return total, nil
}

var acceptedOnly = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED

// updating is a client of one counter.
type updating struct {
	*client.Client
	id string
}

// idle waits until the counter has completed so many workflow tasks, and has none.
func (u updating) idle(ctx context.Context, t *testing.T, tasks int) {
	for event, err := range u.History(ctx, u.id, "", client.HistoryOptions{Follow: true}) {
		require.NoError(t, err)
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			tasks--
		}
		if tasks == 0 {
			return
		}
	}
}

func (u updating) signal(ctx context.Context, t *testing.T, s workflow.Signal[string]) {
	require.NoError(t, client.Signal(ctx, u.Client, u.id, "", s, ""))
}

// change updates the counter and waits for the outcome.
func change[In, Out any](ctx context.Context, t *testing.T, u updating, updateID string, update workflow.Update[In, Out], in In) (Out, error) {
	handle, err := client.Update(ctx, u.Client, u.id, "", update, in, client.UpdateOptions{ID: updateID})
	require.NoError(t, err)
	require.Equal(t, updateID, handle.UpdateID())
	require.Equal(t, u.id, handle.WorkflowID())
	return handle.Get(ctx)
}

// startCounting runs a counter, on a server and by a worker of its own.
func startCounting(ctx context.Context, t *testing.T, id string) (updating, client.Run[int]) {
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	u := updating{connectClient(t, s.URL()), id}
	startOn(t, u.Client, id, counter.Implement(counting), act.Implement(greet))
	run, err := client.Start(ctx, u.Client, counter, workflow.None{}, client.StartOptions{ID: id, TaskQueue: id})
	require.NoError(t, err)
	return u, run
}

// gate asks for a gated update and waits until it is accepted.
func gate(ctx context.Context, t *testing.T, u updating, updateID string, n int) client.UpdateHandle[int] {
	handle, err := client.Update(ctx, u.Client, u.id, "", gated, n, client.UpdateOptions{ID: updateID, WaitForStage: acceptedOnly})
	require.NoError(t, err)
	return handle
}

// The workflows of recordings of Temporal, updated by this SDK on this server, leave the same events with the same attributes.
func TestUpdatesLeaveTheHistoriesOfTemporal(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	for name, use := range map[string]func(context.Context, *testing.T, updating){
		"update-completed": func(ctx context.Context, t *testing.T, u updating) {
			total, err := change(ctx, t, u, "up-1", addTo, 5)
			require.NoError(t, err)
			require.Equal(t, 5, total)
		},
		"update-failed": func(ctx context.Context, t *testing.T, u updating) {
			_, err := change(ctx, t, u, "up-1", failing, workflow.None{})
			var failed *failure.ApplicationError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "Bad", failed.Type())
		},
		"update-with-activity": func(ctx context.Context, t *testing.T, u updating) {
			out, err := change(ctx, t, u, "up-1", slowly, "update")
			require.NoError(t, err)
			require.Equal(t, "hello update", out)
		},
		"update-accepted-then-completed": func(ctx context.Context, t *testing.T, u updating) {
			handle := gate(ctx, t, u, "up-1", 3)
			u.signal(ctx, t, openGate)
			total, err := handle.Get(ctx)
			require.NoError(t, err)
			require.Equal(t, 3, total)
		},
		"update-same-id": func(ctx context.Context, t *testing.T, u updating) {
			for _, n := range []int{5, 100} {
				total, err := change(ctx, t, u, "up-1", addTo, n)
				require.NoError(t, err)
				require.Equal(t, 5, total)
			}
		},
		"update-two-gated": func(ctx context.Context, t *testing.T, u updating) {
			one := gate(ctx, t, u, "up-1", 1)
			two := gate(ctx, t, u, "up-2", 2)
			u.signal(ctx, t, openGate)
			second, err := two.Get(ctx)
			require.NoError(t, err)
			first, err := one.Get(ctx)
			require.NoError(t, err)
			require.Equal(t, []int{3, 2}, []int{first, second})
		},
		"update-outcome-after-close": func(ctx context.Context, t *testing.T, u updating) {
			_, err := change(ctx, t, u, "up-1", addTo, 5)
			require.NoError(t, err)
			u.signal(ctx, t, leave)
			_, err = client.GetRun[int](u.Client, u.id, "").Result(ctx)
			require.NoError(t, err)
			total, err := client.GetUpdateHandle[int](u.Client, u.id, "", "up-1").Get(ctx)
			require.NoError(t, err)
			require.Equal(t, 5, total)
			_, err = client.GetUpdateHandle[int](u.Client, u.id, "", "up-2").Get(ctx)
			var notFound *serviceerror.NotFound
			require.ErrorAs(t, err, &notFound)
		},
		"update-workflow-closes-first": func(ctx context.Context, t *testing.T, u updating) {
			handle := gate(ctx, t, u, "up-1", 3)
			u.signal(ctx, t, leave)
			_, err := handle.Get(ctx)
			var failed *failure.ApplicationError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "AcceptedUpdateCompletedWorkflow", failed.Type())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := updating{connectClient(t, s.URL()), name}
			startOn(t, u.Client, name, counter.Implement(counting), act.Implement(greet))
			ctx := within(t)
			run, err := client.Start(ctx, u.Client, counter, workflow.None{}, client.StartOptions{ID: name, TaskQueue: name})
			require.NoError(t, err)
			u.idle(ctx, t, 1)
			use(ctx, t, u)
			if name != "update-outcome-after-close" && name != "update-workflow-closes-first" {
				u.signal(ctx, t, leave)
			}
			_, err = run.Result(ctx)
			require.NoError(t, err)
			requireRecording(ctx, t, u, name)
		})
	}
}

func requireRecording(ctx context.Context, t *testing.T, u updating, name string) {
	t.Helper()
	got := checkRuns(ctx, t, u.Client, u.id)[0]
	alike(t, "../../sdk/workflowtest/testdata/golden/"+name+".json", got)
	require.NoError(t, workflowtest.Replay(&historypb.History{Events: got}, counter.Implement(counting)))
}

func TestUpdateWithStartLeavesTheHistoriesOfTemporal(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	ctx := within(t)
	options := func(id string, conflict enumspb.WorkflowIdConflictPolicy) client.StartOptions {
		startOn(t, c, id, counter.Implement(counting), act.Implement(greet))
		return client.StartOptions{ID: id, TaskQueue: id, IDConflictPolicy: conflict}
	}
	const name, rejected = "update-with-start", "update-with-start-rejected"
	o := options(name, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
	var runs []string
	for i, id := range []string{"up-1", "up-2"} {
		handle, run, err := client.UpdateWithStart(ctx, c, addTo, i+1, client.UpdateOptions{ID: id}, counter, workflow.None{}, o)
		require.NoError(t, err)
		total, err := handle.Get(ctx)
		require.NoError(t, err)
		require.Equal(t, []int{1, 3}[i], total)
		runs = append(runs, run.RunID())
	}
	require.Equal(t, runs[0], runs[1])
	updating{c, name}.signal(ctx, t, leave)
	total, err := client.GetRun[int](c, name, runs[0]).Result(ctx)
	require.NoError(t, err)
	require.Equal(t, 3, total)
	requireRecording(ctx, t, updating{c, name}, name)

	o = options(rejected, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
	handle, run, err := client.UpdateWithStart(ctx, c, addTo, -1, client.UpdateOptions{ID: "up-1"}, counter, workflow.None{}, o)
	require.NoError(t, err)
	_, err = handle.Get(ctx)
	var failed *failure.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "Negative", failed.Type())
	_, _, err = client.UpdateWithStart(ctx, c, addTo, 1, client.UpdateOptions{}, counter, workflow.None{}, o)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, err, &started)
	updating{c, rejected}.signal(ctx, t, leave)
	_, err = run.Result(ctx)
	require.NoError(t, err)
	requireRecording(ctx, t, updating{c, rejected}, rejected)
}

// A worker that rejects updates keeps its execution, and goes on with it: the history has nothing of them.
func TestRejectedUpdatesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	u, run := startCounting(ctx, t, "rejected")
	u.idle(ctx, t, 1)
	for range 3 {
		_, err := change(ctx, t, u, "no", addTo, -1)
		require.ErrorContains(t, err, "no negative numbers")
	}
	total, err := change(ctx, t, u, "yes", addTo, 5)
	require.NoError(t, err)
	require.Equal(t, 5, total)
	_, err = change(ctx, t, u, "no", addTo, -1)
	require.ErrorContains(t, err, "no negative numbers")
	u.signal(ctx, t, leave)
	_, err = run.Result(ctx)
	require.NoError(t, err)
	got := checkRuns(ctx, t, u.Client, u.id)[0]
	require.Len(t, got, 14, "those of update-completed")
}

// Many updates at once each have one effect, and each caller its own answer.
func TestUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	u, run := startCounting(ctx, t, "at-once")
	const callers, each = 8, 5
	var all sync.WaitGroup
	totals := make(chan int, callers*each)
	for range callers {
		all.Go(func() {
			for range each {
				handle, err := client.Update(ctx, u.Client, u.id, "", addTo, 1, client.UpdateOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				total, err := handle.Get(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				totals <- total
			}
		})
	}
	all.Wait()
	close(totals)
	seen := map[int]bool{}
	for total := range totals {
		seen[total] = true
	}
	require.Len(t, seen, callers*each)
	u.signal(ctx, t, leave)
	total, err := run.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, callers*each, total)
	require.NoError(t, workflowtest.Replay(&historypb.History{Events: checkRuns(ctx, t, u.Client, u.id)[0]}, counter.Implement(counting)))
}
