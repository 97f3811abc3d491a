package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	harbour = workflow.Declare[bool, []byte]("Harbour")
	dock    = workflow.DeclareUpdate[[]byte, int]("dock")
	inspect = workflow.DeclareQuery[[]byte, int]("inspect")
	unload  = activity.Declare[workflow.None, []byte]("Unload")
)

// harbouring returns, when it is signalled, what is large, of an activity or of its own.
func harbouring(ctx workflow.Context, byActivity bool) ([]byte, error) {
	dock.Handle(ctx, func(_ workflow.Context, in []byte) (int, error) { return len(in), nil })
	inspect.Handle(ctx, func(in []byte) (int, error) { return len(in), nil })
	leave.Channel(ctx).Receive(ctx)
	if !byActivity {
		return make([]byte, 1<<20), nil
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1},
	})
	return workflow.ExecuteActivity(ctx, unload, workflow.None{}).Get(ctx)
}

func unloading(context.Context, workflow.None) ([]byte, error) { return make([]byte, 1<<20), nil }

// A bucket that is missing, or another than was made, is told to whoever needs it, changes nothing, and is not made again.
func TestTheBucketOfPayloadsIsMissing(t *testing.T) {
	for name, another := range map[string]bool{"missing": false, "another": true} {
		t.Run(name, func(t *testing.T) {
			_, c, js := startEmbedded(t)
			ctx := within(t)
			startWorker(t, c, worker.Options{}, harbour.Implement(harbouring), unload.Implement(unloading))
			runs := map[bool]client.Run[[]byte]{}
			before := map[bool]int{}
			for _, byActivity := range []bool{false, true} {
				run, err := client.Start(ctx, c, harbour, byActivity, client.StartOptions{TaskQueue: queue})
				require.NoError(t, err)
				updating{c, run.ID()}.idle(ctx, t, 1)
				runs[byActivity], before[byActivity] = run, len(eventsOf(ctx, t, c, run.ID()))
			}
			made, err := js.Stream(ctx, bucket.Stream())
			require.NoError(t, err)
			require.NoError(t, js.DeleteStream(ctx, bucket.Stream()))
			if another {
				_, err = js.CreateStream(ctx, made.CachedInfo().Config)
				require.NoError(t, err)
			}
			for byActivity, run := range runs {
				requireRefused(t, c, run)
				require.Len(t, eventsOf(ctx, t, c, run.ID()), before[byActivity])
				require.NoError(t, client.Signal(ctx, c, run.ID(), "", leave, ""))
			}
			requireWaitsForTheBucket(t, c, runs[true].ID(), runs[false].ID())
			stored, err := js.Stream(ctx, bucket.Stream())
			if another {
				require.NoError(t, err)
				require.Zero(t, stored.CachedInfo().State.Msgs)
			} else {
				require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
			}
		})
	}
}

// eventsOf are those of a workflow's latest run, open or not.
func eventsOf(ctx context.Context, t *testing.T, c *client.Client, id string) (events []*historypb.HistoryEvent) {
	t.Helper()
	for event, err := range c.History(ctx, id, "", client.HistoryOptions{}) {
		require.NoError(t, err)
		events = append(events, event)
	}
	return events
}

// requireRefused is that nothing large can be sent to a workflow, nor with a new one.
func requireRefused(t *testing.T, c *client.Client, run client.Run[[]byte]) {
	t.Helper()
	ctx, large := within(t), random(1<<20)
	for name, ask := range map[string]func() error{
		"start": func() error {
			_, err := client.Start(ctx, c, haul, large, client.StartOptions{ID: "new", TaskQueue: queue})
			return err
		},
		"signal": func() error { return client.Signal(ctx, c, run.ID(), "", loadMore, large) },
		"signal with start": func() error {
			_, err := client.SignalWithStart(ctx, c, loadMore, large, harbour, true, client.StartOptions{ID: "new", TaskQueue: queue})
			return err
		},
		"update": func() error {
			_, err := client.Update(ctx, c, run.ID(), "", dock, large, client.UpdateOptions{})
			return err
		},
		"update with start": func() error {
			_, _, err := client.UpdateWithStart(ctx, c, dock, large, client.UpdateOptions{}, harbour, true, client.StartOptions{ID: "new", TaskQueue: queue})
			return err
		},
		"query": func() error {
			_, err := client.Query(ctx, c, run.ID(), "", inspect, large)
			return err
		},
		"terminate": func() error { return c.Terminate(ctx, run.ID(), "", "over", large) },
	} {
		err := ask()
		require.ErrorAs(t, err, new(*serviceerror.FailedPrecondition), name)
		require.ErrorContains(t, err, string(bucket), name)
	}
	_, err := c.Describe(ctx, "new", "")
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
}

// requireWaitsForTheBucket is that an attempt at an activity fails for its result, and a workflow task for that of its workflow, and both
// are tried again, with the bucket's name for whoever looks.
func requireWaitsForTheBucket(t *testing.T, c *client.Client, ofActivity, ofWorkflow string) {
	t.Helper()
	ctx := within(t)
	eventually(t, func() bool {
		d, err := c.Describe(ctx, ofActivity, "")
		require.NoError(t, err)
		pending := d.GetPendingActivities()
		return len(pending) == 1 && pending[0].Attempt > 1 && pending[0].LastFailure != nil
	}, "the activity is not tried again")
	d, err := c.Describe(ctx, ofActivity, "")
	require.NoError(t, err)
	require.Contains(t, d.GetPendingActivities()[0].LastFailure.String(), string(bucket))
	eventually(t, func() bool {
		d, err := c.Describe(ctx, ofWorkflow, "")
		require.NoError(t, err)
		return d.GetPendingWorkflowTask().GetAttempt() > 1
	}, "the workflow task is not tried again")
	var failed []*failurepb.Failure
	for _, event := range eventsOf(ctx, t, c, ofWorkflow) {
		if a := event.GetWorkflowTaskFailedEventAttributes(); a != nil {
			failed = append(failed, a.Failure)
		}
	}
	require.NotEmpty(t, failed)
	for _, f := range failed {
		require.Contains(t, f.GetMessage(), string(bucket))
	}
}
