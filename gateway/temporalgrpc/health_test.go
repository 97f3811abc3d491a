package temporalgrpc

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/internal/natstest"
)

const (
	serving    = grpc_health_v1.HealthCheckResponse_SERVING
	notServing = grpc_health_v1.HealthCheckResponse_NOT_SERVING
	unknown    = grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN
)

// healthNames are what there is the health of.
var healthNames = []string{"", "temporal.api.workflowservice.v1.WorkflowService", "temporal.api.operatorservice.v1.OperatorService"}

func never(context.Context, string, proto.Message) (proto.Message, error) {
	return nil, context.Canceled
}

// watch follows a service's health.
func watch(t *testing.T, client grpc_health_v1.HealthClient, service string) (next func() grpc_health_v1.HealthCheckResponse_ServingStatus) {
	t.Helper()
	stream, err := client.Watch(within(t), &grpc_health_v1.HealthCheckRequest{Service: service})
	require.NoError(t, err)
	return func() grpc_health_v1.HealthCheckResponse_ServingStatus {
		t.Helper()
		told, err := stream.Recv()
		require.NoError(t, err, service)
		return told.Status
	}
}

// The health is that of the connection to NATS, as often as it goes and comes; who watches is told.
func TestHealthFollowsNATS(t *testing.T) {
	server := natstest.Start(t)
	nc, err := nats.Connect(server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	defer nc.Close()
	client := grpc_health_v1.NewHealthClient(start(t, Config{Service: serve(never), Connection: nc}))

	var told []func() grpc_health_v1.HealthCheckResponse_ServingStatus
	for _, service := range healthNames {
		told = append(told, watch(t, client, service))
	}
	require.Equal(t, unknown, watch(t, client, "other")())
	requireHealth := func(want grpc_health_v1.HealthCheckResponse_ServingStatus) {
		t.Helper()
		for i, service := range healthNames {
			require.Equal(t, want, told[i](), service)
		}
		for _, service := range healthNames { // all watchers were told: nothing is on its way
			reply, err := client.Check(within(t), &grpc_health_v1.HealthCheckRequest{Service: service})
			require.NoError(t, err)
			require.Equal(t, want, reply.Status, service)
		}
		_, err := client.Check(within(t), &grpc_health_v1.HealthCheckRequest{Service: "other"})
		require.Equal(t, codes.NotFound, status.Code(err))
	}
	requireHealth(serving)
	for range 2 {
		server.Stop()
		requireHealth(notServing)
		server.Restart(t)
		requireHealth(serving)
	}
	nc.Close()
	requireHealth(notServing)
}

// A door that is opened while NATS is away says so from the first.
func TestHealthOfADoorThatOpensWithoutNATS(t *testing.T) {
	server := natstest.Start(t)
	nc, err := nats.Connect(server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	defer nc.Close()
	away := nc.StatusChanged(nats.RECONNECTING)
	server.Stop()
	<-away
	client := grpc_health_v1.NewHealthClient(start(t, Config{Service: serve(never), Connection: nc}))
	reply, err := client.Check(within(t), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, notServing, reply.Status)
}

// Who watches does not hold up a stop.
func TestAStopEndsWatches(t *testing.T) {
	s, err := New(Config{Listen: "127.0.0.1:0", Service: serve(never)})
	require.NoError(t, err)
	require.NoError(t, s.Start(within(t)))
	conn := connectTo(t, s)
	stream, err := grpc_health_v1.NewHealthClient(conn).Watch(within(t), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	require.NoError(t, s.Stop(context.Background()))
	for err == nil {
		_, err = stream.Recv()
	}
	require.Equal(t, codes.Canceled, status.Code(err))
}
