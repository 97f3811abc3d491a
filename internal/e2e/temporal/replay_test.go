package temporal

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// A history that was read is one that the SDK's replayer takes: as it is, and from JSON; and another code than
// it was made by is found out.
func TestReplay(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorker(t, c, worker.Options{}, func(w worker.Worker) {
			w.RegisterWorkflow(busy)
			w.RegisterActivity(enlarge)
		})
		run := begin(t, c, queue, busy)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "go on", nil))
		require.Equal(t, 11, resultOf[int](t, run))
		history := &historypb.History{Events: eventsOf(t, c, run, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)}

		same := worker.NewWorkflowReplayer()
		same.RegisterWorkflow(busy)
		require.NoError(t, same.ReplayWorkflowHistory(quiet{}, history))
		require.NoError(t, same.ReplayWorkflowExecution(within(t), c.WorkflowService(), quiet{}, client.DefaultNamespace, workflow.Execution{ID: run.GetID()}))
		encoded, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(history)
		require.NoError(t, err)
		decoded, err := client.HistoryFromJSON(bytes.NewReader(encoded), client.HistoryJSONOptions{})
		require.NoError(t, err)
		require.NoError(t, same.ReplayWorkflowHistory(quiet{}, decoded))

		other := worker.NewWorkflowReplayer()
		other.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			return workflow.ExecuteActivity(quickly(ctx), nothing).Get(ctx, nil)
		}, workflow.RegisterOptions{Name: "busy"})
		require.Error(t, other.ReplayWorkflowHistory(quiet{}, history))
	})
}

// busy does a bit of everything.
func busy(ctx workflow.Context) (int, error) {
	version := workflow.GetVersion(ctx, "change", workflow.DefaultVersion, 1)
	var o order
	if err := workflow.ExecuteActivity(quickly(ctx), enlarge, order{Count: int(version)}, 10).Get(ctx, &o); err != nil {
		return 0, err
	}
	workflow.GetSignalChannel(ctx, "go on").Receive(ctx, nil)
	if err := workflow.UpsertMemo(ctx, map[string]any{"count": o.Count}); err != nil {
		return 0, err
	}
	return o.Count, workflow.Sleep(ctx, time.Millisecond)
}
