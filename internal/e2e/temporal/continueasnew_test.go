package temporal

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
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

// A history that grows beyond what its namespace says has its tasks suggest to continue as new.
func TestContinueAsNewIsSuggested(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		name := "ns-" + uuid.NewString()
		_, err := c.WorkflowService().RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
			Data: map[string]string{api.LimitPrefix + "historyCount.suggestContinueAsNew": "20"},
		})
		require.NoError(t, err)
		inside, err := client.NewClientFromExistingWithContext(within(t), c, client.Options{Namespace: name, Logger: quiet{}})
		require.NoError(t, err)
		t.Cleanup(inside.Close)
		queue := startWorkerOf(t, inside, func(ctx workflow.Context) (int, error) {
			for !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
				if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
					return 0, err
				}
			}
			return workflow.GetInfo(ctx).GetCurrentHistoryLength(), nil
		})
		length := resultOf[int](t, begin(t, inside, queue, "play"))
		require.GreaterOrEqual(t, length, 20)
		require.Less(t, length, 30)
	})
}
