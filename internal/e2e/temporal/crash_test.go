package temporal

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/sdk/temporalnats"
)

// toil is a workflow of some activities, timers and a signal. An activity whose start is lost on the way to its worker is tried
// again when its time is over, which is therefore short.
func toil(ctx workflow.Context, n int) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 3 * time.Second, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond},
	})
	for range 3 {
		var o order
		if err := workflow.ExecuteActivity(ctx, "Count", n).Get(ctx, &o); err != nil {
			return 0, err
		}
		if err := workflow.Sleep(ctx, 20*time.Millisecond); err != nil {
			return 0, err
		}
		n = o.Count
	}
	var more int
	workflow.GetSignalChannel(ctx, "more").Receive(ctx, &more)
	return n + more, nil
}

// counter counts what was done, and tells when there is as much as a kill follows.
type counter struct {
	done  atomic.Int64
	every int64
	due   chan struct{}
}

func (c *counter) Count(_ context.Context, n int) (order, error) {
	if c.done.Add(1)%c.every == 0 {
		select {
		case c.due <- struct{}{}:
		default: // one that is due already
		}
	}
	return order{Count: n + 1}, nil
}

// The server is killed twice while Temporal's clients and workers run workflows on it: they find it again, and each
// workflow completes, once, with the result that it should have.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"grpc", "nats"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := addresses{natstest.Dir(t), proctest.FreeAddress(t), proctest.FreeAddress(t)}
			s := proctest.StartAgain(t, serverVariable, at)
			s.AwaitReady(t)
			c := dial(t, at.options(t, name))
			did := &counter{every: 40, due: make(chan struct{}, 1)}
			w := workerOf(t, c, "toils", worker.Options{}, func(w worker.Worker) {
				w.RegisterWorkflow(toil)
				w.RegisterActivity(did)
			})
			defer w.Stop()

			const count = 40
			results := make(chan error, count)
			for n := range count {
				go func() { results <- toilOnce(within(t), c, n) }()
			}
			kills, patient := 0, within(t)
			for ended := 0; ended < count; {
				select {
				case err := <-results:
					require.NoError(t, err)
					ended++
				case <-did.due:
					if kills++; kills <= 2 {
						s.Kill()
						s = proctest.StartAgain(t, serverVariable, at)
					}
				case <-patient.Done():
					require.Fail(t, "workflows do not end", "%d did, after %d kills", ended, kills)
				}
			}
			require.GreaterOrEqual(t, kills, 2)
			for n := range count {
				checkOnce(t, c, fmt.Sprint("toil-", n))
			}
		})
	}
}

// options reach the server by gRPC or NATS, in each of its lives.
func (at addresses) options(t testing.TB, way string) client.Options {
	t.Helper()
	if way == "grpc" {
		again := grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1, MaxDelay: 50 * time.Millisecond}, MinConnectTimeout: time.Second}
		return client.Options{HostPort: at.GRPC, ConnectionOptions: client.ConnectionOptions{DialOptions: []grpc.DialOption{grpc.WithConnectParams(again)}}}
	}
	conn, err := nats.Connect("nats://"+at.Listen, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // that it breaks is what the test is about
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	over, err := temporalnats.New(temporalnats.Config{Conn: conn})
	require.NoError(t, err)
	t.Cleanup(over.Close)
	return client.Options{HostPort: "passthrough:///nats", ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()}}
}

// toilOnce runs one to its end, through whatever the server does. What it asks is asked again by the SDK.
func toilOnce(ctx context.Context, c client.Client, n int) error {
	id := fmt.Sprint("toil-", n)
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "toils", WorkflowTaskTimeout: 2 * time.Second}, toil, n)
	if err != nil {
		return fmt.Errorf("starting %s: %w", id, err)
	}
	if err := c.SignalWorkflow(ctx, id, "", "more", 100); err != nil {
		return fmt.Errorf("signaling %s: %w", id, err)
	}
	var got int
	if err := run.Get(ctx, &got); err != nil {
		return fmt.Errorf("waiting for %s: %w", id, err)
	}
	if got != n+103 {
		return fmt.Errorf("%s has the result %d", id, got)
	}
	return nil
}

// checkOnce checks that a history has one of each event that there must be one of, and that its ids have no gap.
func checkOnce(t testing.TB, c client.Client, id string) {
	t.Helper()
	count := map[enumspb.EventType]int{}
	for i, e := range eventsOf(t, c, c.GetWorkflow(within(t), id, ""), enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT) {
		require.EqualValues(t, i+1, e.GetEventId())
		count[e.GetEventType()]++
	}
	require.Equal(t, 1, count[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED], id)
	require.Equal(t, 1, count[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED], id)
	require.Equal(t, 3, count[enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED], id)
	require.Equal(t, 3, count[enumspb.EVENT_TYPE_TIMER_FIRED], id)
}
