package temporalgrpc

import (
	"context"

	"github.com/nats-io/nats.go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Connection is what the door's health follows: a *nats.Conn.
type Connection interface {
	IsConnected() bool
	// StatusChanged is a channel that is told of a status after the change or while it is being made: IsConnected
	// then waits for its end. It may leave out what finds the channel full.
	StatusChanged(statuses ...nats.Status) chan nats.Status
	// RemoveStatusListener closes that channel.
	RemoveStatusListener(changes chan nats.Status)
}

// healthService answers grpc.health.v1.
type healthService struct {
	*health.Server
	// ctx ends with the door, and with it the streams of Watch, which would hold up the stop.
	ctx context.Context //nolint:containedctx // the scope of the streams
	end context.CancelFunc
}

func newHealthService() *healthService {
	h := &healthService{Server: health.NewServer()}
	h.ctx, h.end = context.WithCancel(context.Background())
	return h
}

// stop tells that nothing is served any more, and ends follow and the streams. Twice is safe.
func (h *healthService) stop() {
	h.Shutdown()
	h.end()
}

// tell sets the health of the door and of its services. After stop it changes nothing.
func (h *healthService) tell(serving bool) {
	status := grpc_health_v1.HealthCheckResponse_NOT_SERVING
	if serving {
		status = grpc_health_v1.HealthCheckResponse_SERVING
	}
	h.SetServingStatus("", status)
	for _, service := range services() {
		h.SetServingStatus(service.ServiceName, status)
	}
}

// follow tells whether there is a connection when that has changed, until stop.
func (h *healthService) follow(conn Connection, changes chan nats.Status) {
	defer conn.RemoveStatusListener(changes)
	for {
		select {
		case <-changes:
			h.tell(conn.IsConnected())
		case <-h.ctx.Done():
			return
		}
	}
}

// Watch tells of a service's health as it changes, until its caller leaves or the door stops.
func (h *healthService) Watch(request *grpc_health_v1.HealthCheckRequest, stream grpc_health_v1.Health_WatchServer) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	return h.Server.Watch(request, watchStream{stream, ctx})
}

// watchStream is a stream that ends with ctx.
type watchStream struct {
	grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]
	ctx context.Context //nolint:containedctx // the stream's own
}

// Context ends when the stream should.
func (s watchStream) Context() context.Context { return s.ctx }
