package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// An errand is a workflow that needs each of a worker's rights: an activity with a heartbeat that
// fails once, a signal, a query, tasks for the worker that has it in its cache, a timer.
var (
	errand = workflow.Declare[string, string]("Errand")
	fetch  = activity.Declare[string, string]("Fetch")
)

// errands count how often the code of workflows began, and how often that of activities.
type errands struct{ begun, fetched atomic.Int32 }

func (e *errands) implementations() []worker.Implementation {
	return []worker.Implementation{errand.Implement(e.run), fetch.Implement(e.fetch)}
}

func (e *errands) run(ctx workflow.Context, thing string) (string, error) {
	e.begun.Add(1)
	at := "fetching"
	dream.Handle(ctx, func(workflow.None) (string, error) { return at, nil })
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: 20 * time.Second,
		RetryPolicy: &workflow.RetryPolicy{InitialInterval: 10 * time.Millisecond},
	})
	fetched, err := workflow.ExecuteActivity(ctx, fetch, thing).Get(ctx)
	if err != nil {
		return "", err
	}
	at = "waiting"
	by, _ := wake.Channel(ctx).Receive(ctx)
	at = "sleeping"
	if err := workflow.Sleep(ctx, 10*time.Millisecond); err != nil {
		return "", err
	}
	at = "done"
	return fmt.Sprintf("%s by %s", fetched, by), nil
}

// fetch fails after it has told how far it is, and goes on from there.
func (e *errands) fetch(ctx context.Context, thing string) (string, error) {
	e.fetched.Add(1)
	if activity.HasHeartbeatDetails(ctx) {
		var before string
		err := activity.GetHeartbeatDetails(ctx, &before)
		return thing + before, err
	}
	activity.RecordHeartbeat(ctx, " found")
	return "", errors.New("dropped it")
}

// send starts an errand and helps it to its end.
func send(ctx context.Context, t testing.TB, c *client.Client, queue, id string) {
	t.Helper()
	run, err := client.Start(ctx, c, errand, "tea", client.StartOptions{ID: id, TaskQueue: queue})
	require.NoError(t, err)
	eventually(t, func() bool {
		at, err := client.Query(ctx, c, id, "", dream, workflow.None{})
		require.NoError(t, err)
		return at == "waiting"
	}, "it does not wait")
	require.NoError(t, client.Signal(ctx, c, id, "", wake, "ann"))
	result, err := run.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "tea found by ann", result)
	at, err := client.Query(ctx, c, id, "", dream, workflow.None{}) // no worker has it any more: any answers
	require.NoError(t, err)
	require.Equal(t, "done", at)
	require.Len(t, checkRuns(ctx, t, c, id), 1)
}
