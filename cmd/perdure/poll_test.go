package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/natstest"
)

// What was asked on a connection that is lost is asked again as soon as there is another.
func TestWaitingIsBegunAnewWithTheConnection(t *testing.T) {
	server := natstest.Start(t)
	service, err := nats.Connect(server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	defer service.Close()
	asked := make(chan *nats.Msg, 10)
	_, err = service.ChanSubscribe("perdure.>", asked)
	require.NoError(t, err)
	require.NoError(t, service.Flush())

	ctx, cancel := context.WithTimeout(t.Context(), pollTimeout/2) // a test that fails ends before it asks again all the same
	defer cancel()
	var told strings.Builder
	g := &global{io: streams{err: &told}, Prefix: "perdure", Namespace: "default", Connect: connect.Settings{URL: server.ClientURL()}}
	answered := make(chan error, 1)
	go func() {
		answered <- g.connected(ctx, func(ctx context.Context, s *session) error {
			return s.wait(ctx, "GetWorkflowExecutionHistory", &workflowservice.GetWorkflowExecutionHistoryRequest{}, &workflowservice.GetWorkflowExecutionHistoryResponse{})
		})
	}()
	<-asked
	server.Stop()
	server.Restart(t)
	select {
	case again := <-asked:
		require.NoError(t, again.Respond(nil))
	case <-ctx.Done():
	}
	require.NoError(t, <-answered)
	require.Contains(t, told.String(), "Waiting for the server: the connection to NATS is lost\n")
}
