package temporal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// flaky fails until its third attempt, and for good when it is told to.
func flaky(ctx workflow.Context, final bool) (int32, error) {
	attempt := workflow.GetInfo(ctx).Attempt
	if attempt > 1 {
		if err := workflow.GetLastError(ctx); err == nil {
			return 0, temporal.NewNonRetryableApplicationError("the last attempt's failure is not there", "Wrong", nil)
		}
	}
	if final {
		return 0, temporal.NewNonRetryableApplicationError("never", "Never", nil)
	}
	if attempt < 3 {
		return 0, temporal.NewApplicationError("not yet", "NotYet")
	}
	return attempt, nil
}

func TestWorkflowRetry(t *testing.T) {
	soon := &temporal.RetryPolicy{InitialInterval: 10 * time.Millisecond, MaximumAttempts: 3}
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, flaky)
		start := func(policy *temporal.RetryPolicy, final bool) client.WorkflowRun {
			run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, RetryPolicy: policy}, "play", final)
			require.NoError(t, err)
			return run
		}
		run := start(soon, false)
		first := run.GetRunID()
		require.EqualValues(t, 3, resultOf[int32](t, run))
		described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), first)
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, described.GetWorkflowExecutionInfo().GetStatus())

		var failed *temporal.ApplicationError
		require.ErrorAs(t, start(&temporal.RetryPolicy{InitialInterval: time.Millisecond, MaximumAttempts: 2}, false).Get(within(t), nil), &failed)
		require.Equal(t, "NotYet", failed.Type())
		require.ErrorAs(t, start(soon, true).Get(within(t), nil), &failed)
		require.Equal(t, "Never", failed.Type())
	})
}

func TestWorkflowTimeouts(t *testing.T) {
	cases := map[string]client.StartWorkflowOptions{
		"run":       {WorkflowRunTimeout: 200 * time.Millisecond},
		"execution": {WorkflowExecutionTimeout: 200 * time.Millisecond},
		"retried":   {WorkflowRunTimeout: 100 * time.Millisecond, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond, MaximumAttempts: 2}},
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		for name, options := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				options.TaskQueue = startWorkerOf(t, c, func(ctx workflow.Context) error { return workflow.Sleep(ctx, time.Hour) })
				run, err := c.ExecuteWorkflow(within(t), options, "play")
				require.NoError(t, err)
				var late *temporal.TimeoutError
				require.ErrorAs(t, run.Get(within(t), nil), &late)
				require.Equal(t, enumspb.TIMEOUT_TYPE_START_TO_CLOSE, late.TimeoutType())
			})
		}
	})
}

// A panic of workflow code fails its task, again and again, or the workflow when the worker says so.
func TestWorkflowPanic(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		panicking := func(ctx workflow.Context) error {
			if workflow.GetInfo(ctx).GetCurrentHistoryLength() >= 0 {
				panic("a workflow's panic")
			}
			return nil
		}
		queue := startWorkerOf(t, c, panicking)
		run := begin(t, c, queue, "play")
		eventually(t, func() bool {
			described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
			return err == nil && described.GetPendingWorkflowTask().GetAttempt() > 1
		}, "the task is not tried again")
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))
	})
}

func TestUnknownWorkflowType(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorkerOf(t, c, flaky), "unheard-of")
		require.Contains(t, firstTaskFailure(t, c, run), "unheard-of")
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))
	})
}

func TestStartDelay(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		const delay = 300 * time.Millisecond
		queue := startWorkerOf(t, c, func(ctx workflow.Context) (time.Duration, error) {
			return workflow.Now(ctx).Sub(workflow.GetInfo(ctx).WorkflowStartTime), nil
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, StartDelay: delay}, "play")
		require.NoError(t, err)
		require.GreaterOrEqual(t, resultOf[time.Duration](t, run), delay)

		gathering := gatherer(t, c)
		run, err = c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: gathering, StartDelay: time.Hour}, "gathering", 1)
		require.NoError(t, err)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", 0))
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", "a signal alone does not end the delay"))

		options := client.StartWorkflowOptions{TaskQueue: gathering, StartDelay: delay}
		started, err := c.SignalWithStartWorkflow(within(t), "delayed-"+queue, "n", 0, options, "gathering", 1)
		require.NoError(t, err)
		require.Equal(t, []int{0}, resultOf[[]int](t, started))
	})
}
