package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// leafNodes is the document that the tests here read.
const leafNodes = "LEAF-NODES.md"

// A worker and clients beyond a leaf node, whose link to the hub is cut, and which is itself stopped and
// started again: the work goes on, none is lost, and none is done twice.
func TestLeafNode(t *testing.T) {
	for _, title := range []string{"leaf.conf: with JetStream", "leaf.conf: without JetStream"} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			testLeafNode(t, title)
		})
	}
}

func testLeafNode(t *testing.T, title string) {
	hub := natstest.Start(t, natstest.Configured(t, block(t, leafNodes, "hub.conf", "0.0.0.0:7422", "127.0.0.1:-1")))
	between := startLink(t, hub.LeafURL().Host)
	leaf := natstest.Start(t, natstest.Configured(t, block(t, leafNodes, title, "hub.example.com:7422", between.address())))
	s := startLocal(t, on(hub.ClientURL(), runtime.Tuning{}))
	c, effects := connectClient(t, leaf.ClientURL()), newLedger(500)
	startWorker(t, c, worker.Options{}, effects.implementations()...)
	load{client: c, effects: effects, journeys: 80, pause: 200 * time.Millisecond, disturb: func(times int) {
		if times == 2 {
			leaf.Stop()
			leaf.Restart(t)
			return
		}
		between.set(true)
		eventually(t, func() bool { return unreachable(c) }, "the link is not cut")
		between.set(false)
	}}.run(t)
	require.Zero(t, s.log.Count("shard stopped"), "%s", s.log)
	s.stop(t)
}

// A server that is itself at a leaf node is told where its streams are.
func TestServerAtALeafNode(t *testing.T) {
	hub := natstest.Start(t, natstest.Configured(t, block(t, leafNodes, "hub.conf", "0.0.0.0:7422", "127.0.0.1:-1")))
	leaf := natstest.Start(t, natstest.Configured(t, block(t, leafNodes, "leaf.conf: with JetStream", "hub.example.com:7422", hub.LeafURL().Host)))
	config := on(leaf.ClientURL(), runtime.Tuning{})
	config.Connection.Domain = "hub"
	startLocal(t, config)
	c, e := connectClient(t, hub.ClientURL()), &errands{}
	startWorker(t, c, worker.Options{}, e.implementations()...)
	send(within(t), t, c, queue, "errand")
	require.Equal(t, names.TasksStream(first), mustStream(t, jetStream(t, hub.ClientURL()), names.TasksStream(first)).CachedInfo().Config.Name)
}

// unreachable tells whether NATS says that nobody serves.
func unreachable(c *client.Client) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second) // a request of the moment of the cut is never answered
	defer cancel()
	err := rpc.Call(ctx, c.Conn(), names.API(first.Namespace, "SignalWorkflowExecution"), signalRequest("nobody"), &workflowservice.SignalWorkflowExecutionResponse{})
	var unavailable *serviceerror.Unavailable
	return errors.As(err, &unavailable)
}

// The workers of a queue have a leaf node, which is bound to their account.
func TestLeafNodeOfAnAccount(t *testing.T) {
	t.Parallel()
	hub := natstest.Start(t, natstest.Configured(t, block(t, permissions, "nats.conf: accounts"),
		block(t, leafNodes, "hub.conf: with accounts", "0.0.0.0:7422", "127.0.0.1:-1")))
	leaf := natstest.Start(t, natstest.Configured(t, block(t, leafNodes, "leaf.conf: with permissions", "hub.example.com:7422", hub.LeafURL().Host)))
	guarded(t, hub)
	checkout, e := connectAs(t, leaf, "checkout"), &errands{}
	checkout.work(t, e)
	send(within(t), t, connectAs(t, hub, "shop").client(t), checkoutQueue, "errand")
	require.EqualValues(t, 1+1, e.begun.Load(), "once, and once for the query of what was closed")
	requireDirect(t, hub)
	requireLarge(t, hub, connectAs(t, hub, "shop"))
	require.Empty(t, checkout.forbidden.String())
}
