package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/workflow"
)

var rounds = workflow.Declare[int, []enumspb.SuggestContinueAsNewReason]("Rounds")

// A workflow is advised to continue as new where its namespace says so, for the reason that holds, and its next run is not.
func TestContinueAsNewIsAdvised(t *testing.T) {
	t.Parallel()
	_, c, _ := startEmbedded(t)
	ctx := within(t)
	require.NoError(t, rpc.Call(ctx, c.Conn(), names.Admin("UpdateNamespace"), &workflowservice.UpdateNamespaceRequest{
		Namespace: first.Namespace, UpdateInfo: &namespacepb.UpdateNamespaceInfo{Data: map[string]string{"limit.historyCount.suggestContinueAsNew": "20"}},
	}, &workflowservice.UpdateNamespaceResponse{}))
	startOn(t, c, queue, rounds.Implement(func(ctx workflow.Context, round int) ([]enumspb.SuggestContinueAsNewReason, error) {
		for !workflow.GetInfo(ctx).ContinueAsNewAdvice {
			if round > 0 {
				return workflow.GetInfo(ctx).ContinueAsNewReasons, nil
			}
			if err := workflow.Sleep(ctx, 10*time.Millisecond); err != nil {
				return nil, err
			}
		}
		return nil, workflow.NewContinueAsNewError(ctx, rounds, round+1)
	}))
	run, err := client.Start(ctx, c, rounds, 0, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	reasons, err := run.Result(ctx)
	require.NoError(t, err)
	require.Empty(t, reasons)
	runs := checkRuns(ctx, t, c, run.ID())
	require.Len(t, runs, 2)
	for _, event := range runs[0] {
		a := event.GetWorkflowTaskStartedEventAttributes()
		require.Equal(t, a != nil && event.EventId >= 20, a.GetSuggestContinueAsNew(), "event %d", event.EventId)
		if a.GetSuggestContinueAsNew() {
			require.Equal(t, []enumspb.SuggestContinueAsNewReason{enumspb.SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_HISTORY_EVENTS}, a.GetSuggestContinueAsNewReasons())
		}
	}
}
