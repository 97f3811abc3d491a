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

// carried is what a run finds that others left.
type carried struct {
	Left                 int
	Memo                 string
	Keyword              string
	First, Original, Own string
	Previous             string
	Task                 time.Duration
}

// countdown continues as new until nothing is left, and tells what it then finds.
func countdown(ctx workflow.Context, left int) (carried, error) {
	info := workflow.GetInfo(ctx)
	if left > 0 {
		if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
			return carried{}, err
		}
		return carried{}, workflow.NewContinueAsNewError(ctx, "play", left-1)
	}
	out := carried{First: info.FirstRunID, Original: info.OriginalRunID, Own: info.WorkflowExecution.RunID, Previous: info.ContinuedExecutionRunID, Task: info.WorkflowTaskTimeout}
	out.Keyword, _ = workflow.GetTypedSearchAttributes(ctx).GetKeyword(keyword)
	if err := fromMemo(info.Memo.GetFields(), "note", &out.Memo); err != nil {
		return out, err
	}
	return out, nil
}

func TestContinueAsNew(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		addSearchAttributes(t, c)
		queue := startWorkerOf(t, c, countdown)
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{
			TaskQueue: queue, WorkflowTaskTimeout: 7 * time.Second, Memo: map[string]any{"note": "from the first"},
			TypedSearchAttributes: temporal.NewSearchAttributes(keyword.ValueSet("kept")),
		}, "play", 3)
		require.NoError(t, err)
		first := run.GetRunID()
		got := resultOf[carried](t, run)
		require.NotEqual(t, first, got.Own)
		require.NotEqual(t, first, got.Previous)
		require.Equal(t, carried{0, "from the first", "kept", first, got.Own, got.Own, got.Previous, 7 * time.Second}, got)

		described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), first)
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, described.GetWorkflowExecutionInfo().GetStatus())

		var next *workflow.ContinueAsNewError
		alone := c.GetWorkflow(within(t), run.GetID(), first)
		require.ErrorAs(t, alone.GetWithOptions(within(t), nil, client.WorkflowRunGetOptions{DisableFollowingRuns: true}), &next)
		require.Equal(t, "play", next.WorkflowType.Name)
	})
}
