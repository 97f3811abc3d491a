package runtime

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/client"
)

// A stop without NATS gives up what is in flight, says so, and does not wait for its whole time.
func TestStoppingWhileNATSIsAway(t *testing.T) {
	natsServer := natstest.Start(t)
	log := &logtest.Lines{}
	config := external(natsServer.ClientURL())
	config.Logger = zerolog.New(log).Level(zerolog.WarnLevel)
	s, err := Start(t.Context(), config)
	require.NoError(t, err)
	reached, goOn := make(chan struct{}), make(chan struct{})
	c := employ(t, natsServer.ClientURL(), func(_ context.Context, n int) (int, error) {
		close(reached)
		<-goOn
		return n, nil
	})
	_, err = client.Start(t.Context(), c, add, 40, client.StartOptions{ID: "w", TaskQueue: "q"})
	require.NoError(t, err)
	<-reached
	away := s.conn.StatusChanged(nats.RECONNECTING)
	natsServer.Stop()
	<-away
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	require.Equal(t, 1, strings.Count(log.String(), "in flight are abandoned"), "%s", log)
	close(goOn)
}

// A balancer that asks for the health of the gRPC door sends nobody there while NATS is away.
func TestHealthWhileNATSIsAway(t *testing.T) {
	natsServer := natstest.Start(t)
	config := external(natsServer.ClientURL())
	config.GRPC.Listen = "127.0.0.1:0"
	s := begin(t, config)
	conn, err := grpc.NewClient(s.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	health, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{
		Service: workflowservice.WorkflowService_ServiceDesc.ServiceName,
	})
	require.NoError(t, err)
	told := func(want grpc_health_v1.HealthCheckResponse_ServingStatus) {
		t.Helper()
		reply, err := health.Recv()
		require.NoError(t, err)
		require.Equal(t, want, reply.Status)
	}
	told(grpc_health_v1.HealthCheckResponse_SERVING)
	natsServer.Stop()
	told(grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	natsServer.Restart(t)
	told(grpc_health_v1.HealthCheckResponse_SERVING)
}
