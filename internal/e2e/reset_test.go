package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// What had been done to a workflow comes to the run that it is reset to, in this SDK's code, too, or is left out.
func TestResetWithUpdatesAndSignals(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	u, run := startCounting(ctx, t, "reset")
	u.idle(ctx, t, 1)
	for i, n := range []int{5, 7} {
		_, err := change(ctx, t, u, []string{"up-1", "up-2"}[i], addTo, n)
		require.NoError(t, err)
	}
	u.signal(ctx, t, leave)
	_, err := run.Result(ctx)
	require.NoError(t, err)

	again, err := u.Reset(ctx, u.id, "", client.ResetOptions{EventID: 4, Reason: "once more"})
	require.NoError(t, err)
	total, err := client.GetRun[int](u.Client, u.id, again).Result(ctx)
	require.NoError(t, err)
	require.Equal(t, 12, total)
	sum, err := client.GetUpdateHandle[int](u.Client, u.id, again, "up-2").Get(ctx)
	require.NoError(t, err)
	require.Equal(t, 12, sum)
	var events []*historypb.HistoryEvent
	types := map[enumspb.EventType]int{}
	for event, err := range u.History(ctx, u.id, again, client.HistoryOptions{}) {
		require.NoError(t, err)
		events = append(events, event)
		types[event.GetEventType()]++
		require.Nil(t, event.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest(), "the event that admits it has it")
	}
	require.Equal(t, 2, types[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED])
	require.Equal(t, 2, types[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED])
	require.NoError(t, workflowtest.Replay(&historypb.History{Events: events}, counter.Implement(counting)))

	alone, err := u.Reset(ctx, u.id, again, client.ResetOptions{EventID: 4, Reason: "without", Exclude: []enumspb.ResetReapplyExcludeType{
		enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
	}})
	require.NoError(t, err)
	_, err = client.GetUpdateHandle[int](u.Client, u.id, alone, "up-1").Get(ctx)
	var notFound *serviceerror.NotFound
	require.ErrorAs(t, err, &notFound)
	u.signal(ctx, t, leave)
	total, err = client.GetRun[int](u.Client, u.id, alone).Result(ctx)
	require.NoError(t, err)
	require.Zero(t, total)

	_, err = u.Reset(ctx, u.id, alone, client.ResetOptions{EventID: 1000})
	var invalid *serviceerror.InvalidArgument
	require.ErrorAs(t, err, &invalid)
	_, err = u.Reset(ctx, "nobody", "", client.ResetOptions{EventID: 4})
	require.ErrorAs(t, err, &notFound)
}
