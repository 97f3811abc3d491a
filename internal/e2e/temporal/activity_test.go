package temporal

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// order is what activities are given and give back.
type order struct {
	Item  string
	Count int
	Tags  []string
}

func enlarge(_ context.Context, o order, by int) (*order, error) {
	o.Count += by
	return &o, nil
}

func reverse(_ context.Context, data []byte) ([]byte, error) {
	out := make([]byte, 0, len(data))
	for i := range data {
		out = append(out, data[len(data)-1-i])
	}
	return out, nil
}

func nothing(context.Context) error { return nil }

// quickly are options for activities that end at once.
func quickly(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: patience})
}

// once are options for activities with one attempt.
func once(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: patience, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

func TestActivityResults(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) (order, error) {
			ctx = quickly(ctx)
			var large order
			if err := workflow.ExecuteActivity(ctx, enlarge, order{"tea", 1, []string{"green"}}, 41).Get(ctx, &large); err != nil {
				return order{}, err
			}
			var bytes []byte
			if err := workflow.ExecuteActivity(ctx, reverse, []byte("abc")).Get(ctx, &bytes); err != nil {
				return order{}, err
			}
			large.Tags = append(large.Tags, string(bytes))
			return large, workflow.ExecuteActivity(ctx, nothing).Get(ctx, nil)
		}, enlarge, reverse, nothing)
		require.NoError(t, err)
		require.Equal(t, order{"tea", 42, []string{"green", "cba"}}, got)
	})
}

// told is what an activity is told about itself.
type told struct {
	ID, Type, Queue, Workflow, WorkflowType string
	Attempt                                 int32
	Heartbeat                               time.Duration
	Limit, Total                            time.Duration
}

func tell(ctx context.Context) (told, error) {
	info := activity.GetInfo(ctx)
	return told{
		info.ActivityID, info.ActivityType.Name, info.TaskQueue, info.WorkflowExecution.ID, info.WorkflowType.Name,
		info.Attempt, info.HeartbeatTimeout, info.StartToCloseTimeout, info.ScheduleToCloseTimeout,
	}, nil
}

func TestActivityOptions(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		type both struct {
			Told  told
			Own   string
			Queue string
		}
		got, err := play(t, c, func(ctx workflow.Context) (both, error) {
			own := workflow.GetInfo(ctx)
			out := both{Own: own.WorkflowExecution.ID, Queue: own.TaskQueueName}
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				ActivityID: "mine", StartToCloseTimeout: 7 * time.Second, ScheduleToStartTimeout: patience,
				ScheduleToCloseTimeout: patience, HeartbeatTimeout: 3 * time.Second, Summary: "what I am told",
			})
			return out, workflow.ExecuteActivity(ctx, tell).Get(ctx, &out.Told)
		}, tell)
		require.NoError(t, err)
		require.Equal(t, told{"mine", "tell", got.Queue, got.Own, "play", 1, 3 * time.Second, 7 * time.Second, patience}, got.Told)
	})
}

// Many activities at once, each with the result of its own.
func TestActivitiesInParallel(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) ([]int, error) {
			ctx = quickly(ctx)
			var futures []workflow.Future
			for n := range 60 {
				futures = append(futures, workflow.ExecuteActivity(ctx, enlarge, order{Count: n}, 100))
			}
			var counts []int
			for _, f := range futures {
				var o order
				if err := f.Get(ctx, &o); err != nil {
					return nil, err
				}
				counts = append(counts, o.Count)
			}
			return counts, nil
		}, enlarge)
		require.NoError(t, err)
		require.Len(t, got, 60)
		for n, count := range got {
			require.Equal(t, 100+n, count)
		}
	})
}

func panics(context.Context) error { panic("an activity's panic") }

func TestActivityPanic(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		_, err := play(t, c, func(ctx workflow.Context) (bool, error) {
			ctx = once(ctx)
			return false, workflow.ExecuteActivity(ctx, panics).Get(ctx, nil)
		}, panics)
		var failed *temporal.ActivityError
		require.ErrorAs(t, err, &failed)
		var panicked *temporal.PanicError
		require.ErrorAs(t, failed, &panicked)
		require.Contains(t, panicked.Error(), "an activity's panic")
		require.Contains(t, panicked.StackTrace(), "temporal.panics")
	})
}

// A worker that has no such activity says so, and the activity is tried again until it may not be.
func TestUnknownActivity(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		_, err := play(t, c, func(ctx workflow.Context) (bool, error) {
			ctx = once(ctx)
			return false, workflow.ExecuteActivity(ctx, "unheard-of").Get(ctx, nil)
		}, nothing)
		var failed *temporal.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "ActivityNotRegisteredError", failed.Type())
	})
}

var errPlain = errors.New("a plain error")

func fails(_ context.Context, how string) error {
	switch how {
	case "application":
		return temporal.NewApplicationErrorWithOptions("no stock", "OutOfStock", temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{"tea", 3}, Cause: errPlain, Category: temporal.ApplicationErrorCategoryBenign,
		})
	case "canceled":
		return temporal.NewCanceledError("by itself")
	default:
		return errPlain
	}
}

// An activity's error comes to who waits for the workflow, with its cause and details.
func TestActivityErrorChain(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		_, err := play(t, c, func(ctx workflow.Context) (bool, error) {
			ctx = quickly(ctx)
			return false, workflow.ExecuteActivity(ctx, fails, "application").Get(ctx, nil)
		}, fails)
		var execution *temporal.WorkflowExecutionError
		require.ErrorAs(t, err, &execution)
		var failed *temporal.ActivityError
		require.ErrorAs(t, execution, &failed)
		require.Equal(t, "fails", failed.ActivityType().GetName())
		var application *temporal.ApplicationError
		require.ErrorAs(t, failed, &application)
		require.Equal(t, "OutOfStock", application.Type())
		require.True(t, application.NonRetryable())
		require.Equal(t, temporal.ApplicationErrorCategoryBenign, application.Category())
		var item string
		var count int
		require.NoError(t, application.Details(&item, &count))
		require.Equal(t, "tea", item)
		require.Equal(t, 3, count)
		require.ErrorContains(t, application.Unwrap(), "a plain error")
	})
}
