package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// local are options with few attempts, that come soon after one another.
func local(attempts int32) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{
		InitialInterval: time.Millisecond, MaximumAttempts: attempts,
	}}
}

// chargeLocally charges all items at once in the workflow's worker.
func chargeLocally(o workflow.LocalActivityOptions) workflow.Implementation {
	return checkout.Implement(func(ctx workflow.Context, in order) (receipt, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, o)
		var all []workflow.Future[string]
		for i := range in.Items {
			all = append(all, workflow.ExecuteLocalActivity(ctx, charge, order{ID: fmt.Sprint(in.ID, "-", i)}))
		}
		texts, err := workflow.All(ctx, all...).Get(ctx)
		return receipt{Text: fmt.Sprint(texts)}, err
	})
}

func TestLocalActivitiesAreBounded(t *testing.T) {
	f := newFixture(t)
	const limit, items = 3, 20
	var running, most atomic.Int32
	f.worker(t, Options{MaxConcurrentLocalActivities: limit}, chargeLocally(local(1)), charge.Implement(func(ctx context.Context, in order) (string, error) {
		n := running.Add(1)
		defer running.Add(-1)
		for was := most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
		}
		info := activity.GetInfo(ctx)
		if !info.IsLocalActivity || info.WorkflowType != "Checkout" || info.TaskQueue != queue || info.Attempt != 1 || info.Deadline.IsZero() {
			return "", fmt.Errorf("it should know more: %+v", info)
		}
		activity.RecordHeartbeat(ctx, "which goes nowhere")
		return in.ID, nil
	}))
	out, err := f.start(t, "o", items).Result(within(t))
	require.NoError(t, err)
	require.Contains(t, out.Text, "[o-0 o-1 o-2 ")
	require.LessOrEqual(t, most.Load(), int32(limit))
	require.Equal(t, 1, f.service.Count("RespondWorkflowTaskCompleted"))
	require.Zero(t, f.service.Count("RecordActivityTaskHeartbeat"))
}

func TestAFailedLocalActivityIsTriedAgain(t *testing.T) {
	f := newFixture(t)
	f.worker(t, Options{}, chargeLocally(local(5)), charge.Implement(func(ctx context.Context, _ order) (string, error) {
		switch n := activity.GetInfo(ctx).Attempt; n {
		case 1:
			return "", errors.New("not yet")
		case 2:
			panic("neither")
		default:
			return fmt.Sprint("attempt ", n), nil
		}
	}))
	out, err := f.start(t, "o", 1).Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "[attempt 3]", out.Text)
	require.Equal(t, 1, f.service.Count("RespondWorkflowTaskCompleted"))
}

// What a local activity fails with is the workflow's error as it is.
func TestWhatALocalActivityFailsWith(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	stubborn := func(context.Context, order) (string, error) { <-release; return "", nil }
	brief := workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Millisecond, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}}
	inAll := workflow.LocalActivityOptions{ScheduleToCloseTimeout: 50 * time.Millisecond, RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Millisecond}}
	tooLate := workflow.LocalActivityOptions{ScheduleToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Hour}}
	timeout := func(kind enumspb.TimeoutType) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			var timeout *failure.TimeoutError
			require.ErrorAs(t, err, &timeout)
			require.Equal(t, kind, timeout.TimeoutType())
		}
	}
	application := func(kind, message string) func(t *testing.T, err error) {
		return func(t *testing.T, err error) {
			var application *failure.ApplicationError
			require.ErrorAs(t, err, &application)
			require.Equal(t, kind, application.Type())
			require.Contains(t, application.Message(), message)
		}
	}
	for name, c := range map[string]struct {
		options workflow.LocalActivityOptions
		code    func(context.Context, order) (string, error)
		check   func(t *testing.T, err error)
	}{
		"start to close": {brief, untilDone, timeout(enumspb.TIMEOUT_TYPE_START_TO_CLOSE)},
		"start to close, of code that does not heed it": {brief, stubborn, timeout(enumspb.TIMEOUT_TYPE_START_TO_CLOSE)},
		"schedule to close":                             {inAll, untilDone, timeout(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE)},
		"no time for another attempt":                   {tooLate, func(context.Context, order) (string, error) { return "", failure.NewApplicationError("x", "Flaky") }, application("Flaky", "x")},
		"a last attempt": {local(2), func(ctx context.Context, _ order) (string, error) {
			return "", fmt.Errorf("attempt %d", activity.GetInfo(ctx).Attempt)
		}, application("", "attempt 2")},
		"a result that is pending": {local(9), func(context.Context, order) (string, error) { return "", activity.ErrResultPending }, application("ResultPending", "cannot be completed from elsewhere")},
		"a panic": {local(1), func(context.Context, order) (string, error) { panic("no way") }, func(t *testing.T, err error) {
			var panicked *failure.PanicError
			require.ErrorAs(t, err, &panicked)
			require.Contains(t, panicked.StackTrace(), "local_test.go")
		}},
		"a cancellation of its own": {local(9), func(context.Context, order) (string, error) { return "", failure.NewCanceledError() }, application("Canceled", "")},
		"none that is registered":   {local(1), nil, application("ActivityNotRegisteredError", "unable to find activityType=Charge")},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			code := []Implementation{chargeFailing(c.options)}
			if c.code != nil {
				code = append(code, charge.Implement(c.code))
			}
			w := f.worker(t, Options{}, code...)
			_, err := f.start(t, "o", 1).Result(within(t))
			c.check(t, err)
			if name == "start to close, of code that does not heed it" {
				require.Len(t, w.localSlots, 1, "its slot is free when the code has returned")
				release <- struct{}{}
			}
		})
	}
}

// chargeFailing is a workflow that fails with what its local activity does; the test's service knows no canceled ones.
func chargeFailing(o workflow.LocalActivityOptions) workflow.Implementation {
	return checkout.Implement(func(ctx workflow.Context, _ order) (receipt, error) {
		_, err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, o), charge, order{}).Get(ctx)
		if failure.IsCanceled(err) {
			err = failure.NewApplicationError("", "Canceled")
		}
		return receipt{}, err
	})
}

func TestALocalActivityOutlastsItsTask(t *testing.T) {
	f := newFixture(t)
	release := make(chan struct{})
	f.worker(t, Options{}, chargeLocally(local(1)), charge.Implement(func(context.Context, order) (string, error) { <-release; return "late", nil }))
	completions := f.service.Calls("RespondWorkflowTaskCompleted")
	run, err := client.Start(within(t), f.client, checkout, order{ID: "o", Items: 2}, client.StartOptions{ID: "o", TaskQueue: queue, TaskTimeout: time.Second})
	require.NoError(t, err)
	for range 2 {
		heartbeat := receive(t, completions).(*workflowservice.RespondWorkflowTaskCompletedRequest)
		require.True(t, heartbeat.GetForceCreateNewWorkflowTask())
		require.True(t, heartbeat.GetReturnNewWorkflowTask())
		require.NotNil(t, heartbeat.GetStickyAttributes())
		require.Empty(t, heartbeat.GetCommands())
	}
	close(release)
	out, err := run.Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "[late late]", out.Text)
}

// A signal reaches the code with the next heartbeat, and may cancel what runs.
func TestALocalActivityIsCancelledByASignal(t *testing.T) {
	f := newFixture(t)
	began, ended := make(chan struct{}), make(chan error, 1)
	f.worker(t, Options{}, checkout.Implement(func(ctx workflow.Context, _ order) (receipt, error) {
		ctx, cancel := workflow.WithCancel(workflow.WithLocalActivityOptions(ctx, local(9)))
		workflow.Go(ctx, func(ctx workflow.Context) {
			approve.Channel(ctx).Receive(ctx)
			cancel()
		})
		_, err := workflow.ExecuteLocalActivity(ctx, charge, order{}).Get(ctx)
		return receipt{Text: fmt.Sprint(failure.IsCanceled(err))}, nil
	}), charge.Implement(func(ctx context.Context, _ order) (string, error) {
		close(began)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return "", ctx.Err()
	}))
	run, err := client.Start(within(t), f.client, checkout, order{}, client.StartOptions{ID: "o", TaskQueue: queue, TaskTimeout: time.Second})
	require.NoError(t, err)
	receive(t, began)
	require.NoError(t, client.Signal(within(t), f.client, "o", "", approve, ""))
	out, err := run.Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "true", out.Text)
	require.True(t, failure.IsCanceled(receive(t, ended)))
}

// Where a heartbeat is refused nobody waits any more: the code's context ends.
func TestALocalActivityThatNobodyWaitsFor(t *testing.T) {
	f := newFixture(t)
	f.service.On("RespondWorkflowTaskCompleted", func(proto.Message) (proto.Message, error) { return nil, serviceerror.NewNotFound("it has timed out") })
	ended := make(chan error, 1)
	f.worker(t, Options{}, chargeLocally(local(9)), charge.Implement(func(ctx context.Context, _ order) (string, error) {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return "", ctx.Err()
	}))
	_, err := client.Start(within(t), f.client, checkout, order{Items: 1}, client.StartOptions{ID: "o", TaskQueue: queue, TaskTimeout: 100 * time.Millisecond})
	require.NoError(t, err)
	require.ErrorIs(t, receive(t, ended), activity.ErrGone)
}

// It is not tried again either, whatever its policy says: nothing of it is left before the worker stops.
func TestALocalActivityThatNobodyWaitsForEnds(t *testing.T) {
	f := newFixture(t)
	f.service.On("RespondWorkflowTaskCompleted", func(proto.Message) (proto.Message, error) { return nil, serviceerror.NewNotFound("it has timed out") })
	forever := workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{
		InitialInterval: time.Millisecond, BackoffCoefficient: 1,
	}}
	ended := make(chan error, 1)
	w := f.worker(t, Options{StopTimeout: time.Minute}, chargeLocally(forever), charge.Implement(func(ctx context.Context, _ order) (string, error) {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return "", ctx.Err()
	}))
	_, err := client.Start(within(t), f.client, checkout, order{Items: 1}, client.StartOptions{ID: "o", TaskQueue: queue, TaskTimeout: 100 * time.Millisecond})
	require.NoError(t, err)
	require.ErrorIs(t, receive(t, ended), activity.ErrGone)
	stopped := make(chan error, 1)
	go func() { stopped <- w.Stop() }()
	require.NoError(t, receive(t, stopped))
}

// A worker that stops hands the task over, and another makes all attempts again.
func TestAWorkerStopsDuringALocalActivity(t *testing.T) {
	f := newFixture(t)
	began, ended := make(chan struct{}), make(chan error, 1)
	code := func(wait bool) Implementation {
		return charge.Implement(func(ctx context.Context, in order) (string, error) {
			if !wait {
				return in.ID, nil
			}
			close(began)
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return "", ctx.Err()
		})
	}
	first := f.worker(t, Options{StopTimeout: -1}, chargeLocally(local(1)), code(true))
	run := f.start(t, "o", 1)
	receive(t, began)
	completions := f.service.Calls("RespondWorkflowTaskCompleted")
	require.NoError(t, first.Stop())
	require.ErrorIs(t, receive(t, ended), activity.ErrWorkerStopped)
	given := receive(t, completions).(*workflowservice.RespondWorkflowTaskCompletedRequest)
	require.True(t, given.GetForceCreateNewWorkflowTask())
	require.False(t, given.GetReturnNewWorkflowTask())
	require.Nil(t, given.GetStickyAttributes())

	f.worker(t, Options{}, chargeLocally(local(1)), code(false))
	out, err := run.Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "[o-0]", out.Text)
}

func TestALocalFailureThatIsTooLarge(t *testing.T) {
	f := newFixture(t, smallPayload)
	f.worker(t, Options{}, chargeLocally(local(1)), charge.Implement(func(context.Context, order) (string, error) {
		return "", failure.NewApplicationError(strings.Repeat("x", 100<<10), "Large")
	}))
	_, err := f.start(t, "o", 1).Result(within(t))
	var large *failure.ApplicationError
	require.ErrorAs(t, err, &large)
	require.Equal(t, "Large", large.Type())
	require.Contains(t, large.Message(), "shortened")
}

// Without a cache, too, the run stays in memory as long as its local activities last.
func TestALocalActivityOutlastsItsTaskWithoutACache(t *testing.T) {
	f := newFixture(t)
	var began atomic.Int32
	release := make(chan struct{})
	f.worker(t, Options{StickyCacheSize: -1}, chargeLocally(local(1)), charge.Implement(func(context.Context, order) (string, error) {
		began.Add(1)
		<-release
		return "late", nil
	}))
	completions := f.service.Calls("RespondWorkflowTaskCompleted")
	run, err := client.Start(within(t), f.client, checkout, order{ID: "o", Items: 1}, client.StartOptions{ID: "o", TaskQueue: queue, TaskTimeout: time.Second})
	require.NoError(t, err)
	require.Nil(t, receive(t, completions).(*workflowservice.RespondWorkflowTaskCompletedRequest).GetStickyAttributes())
	receive(t, completions)
	close(release)
	_, err = run.Result(within(t))
	require.NoError(t, err)
	require.EqualValues(t, 1, began.Load())
}
