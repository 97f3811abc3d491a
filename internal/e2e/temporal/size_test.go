package temporal

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// blow gives back so many bytes.
func blow(_ context.Context, size int) (string, error) { return strings.Repeat("x", size), nil }

// room is more than fits a message of NATS, and what Temporal's SDK lets workers send: 2 MiB, as the namespace tells it.
const room = 1900 << 10

// Payloads that fit pass in all places.
func TestLargePayloads(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, func(ctx workflow.Context, given string) (string, error) {
			var signaled, blown string
			workflow.GetSignalChannel(ctx, "s").Receive(ctx, &signaled)
			if err := workflow.ExecuteActivity(quickly(ctx), blow, room).Get(ctx, &blown); err != nil {
				return "", err
			}
			if len(given) != room || len(signaled) != room {
				return "", temporal.NewNonRetryableApplicationError("something is cut off", "Cut", nil)
			}
			return blown, nil
		}, blow)
		run := begin(t, c, queue, "play", strings.Repeat("y", room))
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "s", strings.Repeat("z", room)))
		require.Len(t, resultOf[string](t, run), room)
	})
}

// What does not fit is refused, with the reason, and soon: nothing is tried for ever.
func TestPayloadsTooLarge(t *testing.T) {
	const large = mostPayload + 1<<20
	eachWay(t, func(t *testing.T, c client.Client) {
		_, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: "nobody"}, "play", strings.Repeat("y", large))
		require.Error(t, err)

		_, err = play(t, c, func(ctx workflow.Context) (string, error) {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 3 * time.Second, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
			var blown string
			err := workflow.ExecuteActivity(ctx, blow, large).Get(ctx, &blown)
			return blown, err
		}, blow)
		var failed *temporal.ActivityError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "size")

		queue := startWorkerOf(t, c, func(workflow.Context) (string, error) { return strings.Repeat("x", large), nil })
		run := begin(t, c, queue, "play")
		reason := firstTaskFailure(t, c, run)
		require.Contains(t, reason, "size")
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))
	})
}

// firstTaskFailure waits until a workflow task of a run fails, and tells why.
func firstTaskFailure(t testing.TB, c client.Client, run client.WorkflowRun) string {
	t.Helper()
	following := c.GetWorkflowHistory(within(t), run.GetID(), run.GetRunID(), true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for following.HasNext() {
		e, err := following.Next()
		require.NoError(t, err)
		if failed := e.GetWorkflowTaskFailedEventAttributes(); failed != nil {
			return failed.GetFailure().GetMessage()
		}
	}
	require.Fail(t, "no workflow task failed")
	return ""
}
