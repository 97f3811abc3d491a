package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// laborious are activities that work until they are told to end.
type laborious struct {
	started chan struct{}
	over    chan struct{}
}

// Work heartbeats until its context ends, and then tells what it left.
func (l *laborious) Work(ctx context.Context) (string, error) {
	l.started <- struct{}{}
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return "", temporal.NewCanceledError("left in good order")
		case <-l.over:
			return "worked to the end", nil
		case <-time.After(10 * time.Millisecond): // the pace of its heartbeats
		}
	}
}

// laboring waits for such an activity, and then cleans up, though it is canceled.
func laboring(ctx workflow.Context, wait bool) (string, error) {
	within := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: patience, HeartbeatTimeout: 2 * time.Second, WaitForCancellation: wait, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	var result string
	err := workflow.ExecuteActivity(within, "Work").Get(ctx, &result)
	free, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if err := workflow.ExecuteActivity(quickly(free), nothing).Get(free, nil); err != nil {
		return "", err
	}
	return result, err
}

func TestCancelActivity(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		for name, wait := range map[string]bool{"wait": true, "try": false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := &laborious{make(chan struct{}, 1), make(chan struct{})}
				defer close(l.over)
				run := begin(t, c, startWorkerOf(t, c, laboring, l, nothing), "play", wait)
				await(t, l.started, "the activity is not started")
				require.NoError(t, c.CancelWorkflow(within(t), run.GetID(), ""))
				err := run.Get(within(t), nil)
				var canceled *temporal.CanceledError
				require.ErrorAs(t, err, &canceled)
				var details string
				if wait {
					require.NoError(t, canceled.Details(&details))
					require.Equal(t, "left in good order", details)
				} else {
					require.False(t, canceled.HasDetails())
				}
				described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
				require.NoError(t, err)
				require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, described.GetWorkflowExecutionInfo().GetStatus())
			})
		}
	})
}

// An activity that nobody has taken is canceled at once.
func TestCancelActivityNotStarted(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) (bool, error) {
			options := workflow.GetActivityOptions(quickly(ctx))
			options.TaskQueue, options.WaitForCancellation = "nobody", true
			within, cancel := workflow.WithCancel(workflow.WithActivityOptions(ctx, options))
			f := workflow.ExecuteActivity(within, nothing)
			if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
				return false, err
			}
			cancel()
			return temporal.IsCanceledError(f.Get(ctx, nil)), nil
		}, nothing)
		require.NoError(t, err)
		require.True(t, got)
	})
}

// A workflow may end as it likes after its cancellation.
func TestCancelWorkflow(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, func(ctx workflow.Context) (string, error) {
			err := workflow.Sleep(ctx, time.Hour)
			if !temporal.IsCanceledError(err) {
				return "", err
			}
			return "but done", nil
		})
		run := begin(t, c, queue, "play")
		require.NoError(t, c.CancelWorkflow(within(t), run.GetID(), run.GetRunID()))
		require.Equal(t, "but done", resultOf[string](t, run))

		require.NoError(t, c.CancelWorkflow(within(t), run.GetID(), ""), "a closed workflow needs no cancellation")
		var missing *serviceerror.NotFound
		require.ErrorAs(t, c.CancelWorkflow(within(t), "nobody-"+uuid.NewString(), ""), &missing)
	})
}

func TestTerminate(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", "for the test", "a detail"))
		var terminated *temporal.TerminatedError
		require.ErrorAs(t, run.Get(within(t), nil), &terminated)
		var missing *serviceerror.NotFound
		require.ErrorAs(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""), &missing)

		last := eventsOf(t, c, run, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
		require.Len(t, last, 1)
		require.Equal(t, "for the test", last[0].GetWorkflowExecutionTerminatedEventAttributes().GetReason())
	})
}
