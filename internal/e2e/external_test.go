package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// A plain nats-server that Perdure did not start, stopped and started again under load.
func TestPlainServerRestarts(t *testing.T) {
	t.Parallel()
	n := natstest.Start(t)
	s := startLocal(t, on(n.ClientURL(), runtime.Tuning{}))
	c := connectClient(t, n.ClientURL())
	effects := newLedger(700)
	startWorker(t, c, worker.Options{}, effects.implementations()...)
	load{client: c, effects: effects, journeys: 200, pause: 200 * time.Millisecond, disturb: func(int) {
		n.Stop()
		n.Restart(t)
	}}.run(t)
	require.Zero(t, s.log.Count("shard stopped"), "%s", s.log)
	s.stop(t) // before its NATS does
}

// Two servers of the same shards take them from each other all the time. What one has acknowledged is
// there once, and no history is torn. That an owner who has lost a shard does not know it yet, and does
// not find what the other one has written, is what leases are for: here such answers are asked for again.
func TestTwoServersOfOneShard(t *testing.T) {
	t.Parallel()
	const sleepers = 40
	url := natstest.Start(t).ClientURL()
	one := startLocal(t, on(url, restless))
	two := startLocal(t, on(url, restless))
	ctx, c := within(t), connectClient(t, url)
	startWorker(t, c, worker.Options{}, sleeping...)
	inParallel(sleepers, func(n int) {
		start := startRequest(fmt.Sprintf("sleeper-%d", n), time.Hour)
		insist(ctx, t, c, "StartWorkflowExecution", start)
		for range 3 {
			insist(ctx, t, c, "SignalWorkflowExecution", named(signalRequest(start.WorkflowId), "count"))
		}
		insist(ctx, t, c, "SignalWorkflowExecution", signalRequest(start.WorkflowId))
	})
	nudges := 0
	nudge := func() { // a write, by which a shard learns that it is another's
		nudges++
		insist(ctx, t, c, "StartWorkflowExecution", startRequest(fmt.Sprintf("nudge-%d", nudges), time.Hour))
	}
	for n := range sleepers {
		id := fmt.Sprintf("sleeper-%d", n)
		eventually(t, func() bool {
			for range 4 { // either server may answer
				description, err := c.Describe(ctx, id, "")
				if err == nil && description.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
					return true
				}
			}
			nudge()
			return false
		}, "%s does not end", id)
	}
	stopped := []int{one.log.Count("shard stopped"), two.log.Count("shard stopped")}
	require.Equal(t, []int{0, 0}, stopped, "%s%s", one.log, two.log)
	require.Positive(t, one.log.Count("another server serves the same namespace")+two.log.Count("another server serves the same namespace"), "no shard was lost")

	one.stop(t) // so that there is one owner, who knows all once it has written to each shard
	for range 10 * shards {
		nudge()
	}
	for n := range sleepers {
		runs := checkRuns(ctx, t, c, fmt.Sprintf("sleeper-%d", n))
		require.Len(t, runs, 1)
		signals := 0
		for _, event := range runs[0] {
			if event.GetWorkflowExecutionSignaledEventAttributes() != nil {
				signals++
			}
		}
		require.Equal(t, 4, signals, "sleeper-%d", n)
	}
}

func named(request *workflowservice.SignalWorkflowExecutionRequest, name string) *workflowservice.SignalWorkflowExecutionRequest {
	request.SignalName = name
	return request
}

// insist sends a request, with its request id, until it is acknowledged.
func insist(ctx context.Context, t testing.TB, c *client.Client, method string, request proto.Message) {
	for {
		err := call(t, c, method, request)
		if err == nil {
			return
		}
		var notFound *serviceerror.NotFound
		var unavailable *serviceerror.Unavailable
		if !errors.As(err, &notFound) && !errors.As(err, &unavailable) || ctx.Err() != nil {
			t.Errorf("%s: %v", method, err)
			return
		}
	}
}

// JetStream goes and comes back on a server that stays connected: all shards go on.
func TestJetStreamAway(t *testing.T) {
	n := natstest.Start(t)
	s := startLocal(t, on(n.ClientURL(), runtime.Tuning{}))
	ctx, c := within(t), connectClient(t, n.ClientURL())
	startWorker(t, c, worker.Options{}, sleeping...)
	js := jetStream(t, n.ClientURL())
	ids := shardOf(t, js, c)
	config := *n.JetStreamConfig()
	require.NoError(t, n.DisableJetStream())
	for _, id := range ids { // it is not answered before JetStream is back
		body, err := proto.Marshal(named(signalRequest(id), "lost"))
		require.NoError(t, err)
		require.NoError(t, c.Conn().PublishRequest(names.API(first.Namespace, "SignalWorkflowExecution"), c.Conn().NewInbox(), body))
	}
	eventually(t, func() bool { return s.log.Count("the shard does not serve", `"shard"`) >= shards }, "nobody notices")
	config.StoreDir = strings.TrimSuffix(config.StoreDir, "/jetstream") // as it was given
	require.NoError(t, n.EnableJetStream(&config))
	for _, id := range ids {
		insist(ctx, t, c, "SignalWorkflowExecution", signalRequest(id))
		result, err := client.GetRun[string](c, id, "").Result(ctx)
		require.NoError(t, err)
		require.Equal(t, "signal", result)
	}
	require.Zero(t, s.log.Count("shard stopped"), "%s", s.log)
}
