package temporal

import (
	"bytes"
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/api"
)

// Temporal's clients never see that a payload was large: not in inputs, heartbeats, failures, queries and histories, replayed
// or not; and others that do not resolve references see how small the events are.
func TestReferencesAreNoMatterOfTemporals(t *testing.T) {
	cargo := make([]byte, room)
	_, _ = rand.Read(cargo)
	carry := func(ctx context.Context, in []byte) ([]byte, error) {
		if activity.GetInfo(ctx).Attempt == 1 {
			activity.RecordHeartbeat(ctx, in)
			return nil, temporal.NewApplicationError("too heavy", "Heavy", in)
		}
		var kept []byte
		return kept, activity.GetHeartbeatDetails(ctx, &kept)
	}
	haul := func(ctx workflow.Context, in []byte) ([]byte, error) {
		if err := workflow.SetQueryHandler(ctx, "look", func(given []byte) ([]byte, error) { return append(given, in...), nil }); err != nil {
			return nil, err
		}
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: patience, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond}})
		var out []byte
		err := workflow.ExecuteActivity(ctx, carry, in).Get(ctx, &out)
		workflow.GetSignalChannel(ctx, "go on").Receive(ctx, nil)
		return out, err
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		register := func(w worker.Worker) {
			w.RegisterWorkflowWithOptions(haul, workflow.RegisterOptions{Name: "play"})
			w.RegisterActivity(carry)
		}
		queue := "hauls-" + t.Name()
		first := workerOf(t, c, queue, worker.Options{WorkerStopTimeout: patience}, register) // an attempt that it has begun would be lost with it
		run := begin(t, c, queue, "play", cargo)
		asked, err := c.QueryWorkflow(within(t), run.GetID(), "", "look", []byte("x"))
		require.NoError(t, err)
		var seen []byte
		require.NoError(t, asked.Get(&seen))
		require.True(t, bytes.Equal(append([]byte("x"), cargo...), seen))
		first.Stop()

		workerOfTest(t, c, queue, register) // replays what the first has done
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "go on", cargo))
		require.True(t, bytes.Equal(cargo, resultOf[[]byte](t, run)))

		events := c.GetWorkflowHistory(within(t), run.GetID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		started, err := events.Next()
		require.NoError(t, err)
		input := started.GetWorkflowExecutionStartedEventAttributes().GetInput()
		require.False(t, api.IsReference(input.GetPayloads()[0]))
		var in []byte
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(input, &in))
		require.True(t, bytes.Equal(cargo, in))
	})
}

// workerOfTest starts a worker that is stopped after the test.
func workerOfTest(t testing.TB, c client.Client, queue string, register func(worker.Worker)) {
	t.Helper()
	w := workerOf(t, c, queue, worker.Options{}, register)
	t.Cleanup(w.Stop)
}
