package temporal

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// locals are activities that run in the workflow's worker.
type locals struct{ count atomic.Int32 }

func (l *locals) Third(ctx context.Context) (int32, error) {
	l.count.Add(1)
	if attempt := activity.GetInfo(ctx).Attempt; attempt < 3 {
		return 0, temporal.NewApplicationError("not yet", "NotYet")
	}
	return l.count.Load(), nil
}

// Slow does not end before its worker does.
func (l *locals) Slow(ctx context.Context) error {
	<-activity.GetWorkerStopChannel(ctx)
	return nil
}

func local(ctx workflow.Context, policy temporal.RetryPolicy) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: patience, RetryPolicy: &policy})
}

func TestLocalActivities(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		l := &locals{}
		got, err := play(t, c, func(ctx workflow.Context) (int32, error) {
			var tries int32
			within := local(ctx, temporal.RetryPolicy{InitialInterval: time.Millisecond})
			if err := workflow.ExecuteLocalActivity(within, l.Third).Get(ctx, &tries); err != nil {
				return 0, err
			}
			if err := workflow.Sleep(ctx, time.Millisecond); err != nil { // another workflow task
				return 0, err
			}
			if err := workflow.ExecuteActivity(quickly(ctx), nothing).Get(ctx, nil); err != nil {
				return 0, err
			}
			return tries, nil
		}, l, nothing)
		require.NoError(t, err)
		require.EqualValues(t, 3, got)
		require.EqualValues(t, 3, l.count.Load())
	})
}

// A back-off that is longer than a workflow task is waited for by a timer.
func TestLocalActivityBacksOffByTimer(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		l := &locals{}
		queue := startWorkerOf(t, c, func(ctx workflow.Context) (int32, error) {
			var tries int32
			within := local(ctx, temporal.RetryPolicy{InitialInterval: 700 * time.Millisecond, BackoffCoefficient: 1})
			err := workflow.ExecuteLocalActivity(within, l.Third).Get(ctx, &tries)
			return tries, err
		}, l)
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, WorkflowTaskTimeout: time.Second}, "play")
		require.NoError(t, err)
		require.EqualValues(t, 3, resultOf[int32](t, run))
		require.EqualValues(t, 3, l.count.Load())
	})
}

func TestLocalActivityFails(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		l := &locals{}
		_, err := play(t, c, func(ctx workflow.Context) (bool, error) {
			return false, workflow.ExecuteLocalActivity(local(ctx, temporal.RetryPolicy{InitialInterval: time.Millisecond, MaximumAttempts: 2}), l.Third).Get(ctx, nil)
		}, l)
		var failed *temporal.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "NotYet", failed.Type())
		require.EqualValues(t, 2, l.count.Load())

		_, err = play(t, c, func(ctx workflow.Context) (bool, error) {
			ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: 50 * time.Millisecond})
			return false, workflow.ExecuteLocalActivity(ctx, l.Slow).Get(ctx, nil)
		}, l)
		var late *temporal.TimeoutError
		require.ErrorAs(t, err, &late)
	})
}

// A local activity that takes longer than its workflow task keeps the task alive.
func TestLocalActivityLongerThanItsTask(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		slow := func(ctx context.Context) (string, error) {
			select {
			case <-time.After(2500 * time.Millisecond): // the time itself is what is tested
				return "done", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		queue := startWorkerOf(t, c, func(ctx workflow.Context) (string, error) {
			var text string
			err := workflow.ExecuteLocalActivity(local(ctx, temporal.RetryPolicy{}), slow).Get(ctx, &text)
			return text, err
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, WorkflowTaskTimeout: time.Second}, "play")
		require.NoError(t, err)
		require.Equal(t, "done", resultOf[string](t, run))
	})
}
