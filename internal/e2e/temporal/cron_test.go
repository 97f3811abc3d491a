package temporal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

// rounds counts the runs of a schedule, each from what the one before has returned.
func rounds(ctx workflow.Context) (int, error) {
	count := 0
	if workflow.HasLastCompletionResult(ctx) {
		if err := workflow.GetLastCompletionResult(ctx, &count); err != nil {
			return 0, err
		}
	}
	return count + 1, nil
}

// A schedule runs the workflow again and again, in one chain, until it is terminated.
func TestCron(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: startWorkerOf(t, c, rounds), CronSchedule: "@every 1s"}, "play")
		require.NoError(t, err)
		first := c.GetWorkflow(within(t), run.GetID(), run.GetRunID())
		var count int
		require.NoError(t, first.GetWithOptions(within(t), &count, client.WorkflowRunGetOptions{DisableFollowingRuns: true}))
		require.Equal(t, 1, count)
		eventually(t, func() bool {
			described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
			require.NoError(t, err)
			return described.GetWorkflowExecutionInfo().GetExecution().GetRunId() != run.GetRunID()
		}, "the next run")
		events := c.GetWorkflowHistory(within(t), run.GetID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		started, err := events.Next()
		require.NoError(t, err)
		begun := started.GetWorkflowExecutionStartedEventAttributes()
		require.Equal(t, enumspb.CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE, begun.GetInitiator())
		require.Equal(t, run.GetRunID(), begun.GetFirstExecutionRunId())
		require.NotEmpty(t, begun.GetLastCompletionResult().GetPayloads())
		require.LessOrEqual(t, begun.GetFirstWorkflowTaskBackoff().AsDuration(), time.Second)
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", "of the test"))
	})
}
