package temporalgrpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // what clients may compress with
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/perdure/perdure/api"
)

// Server answers from Start to Stop.
type Server struct {
	config   Config
	grpc     *grpc.Server
	health   *healthService
	versions *versions
	polls    *polls
	listener net.Listener
	open     atomic.Int64 // connections
	served   sync.WaitGroup
}

// New checks the configuration and loads its files.
func New(config Config) (*Server, error) {
	if config.Service == nil {
		return nil, errors.New("the gRPC door needs a service")
	}
	if config.MaxNamespacePolls <= 0 {
		config.MaxNamespacePolls = maxNamespacePolls
	}
	options, err := config.options()
	if err != nil {
		return nil, err
	}
	versions, err := newVersions(api.ServerVersion, api.SupportedClients())
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, health: newHealthService(), versions: versions, polls: newPolls(config.MaxNamespacePolls)}
	s.grpc = grpc.NewServer(options...)
	for _, described := range services() {
		s.grpc.RegisterService(s.describe(described), s)
	}
	grpc_health_v1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	return s, nil
}

// Start listens. It fails when the address cannot be listened on.
func (s *Server) Start(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("listening for gRPC: %w", err)
	}
	s.listener = listener
	s.followConnection()
	s.served.Go(func() {
		if err := s.grpc.Serve(countedListener{listener, &s.open}); err != nil {
			s.config.Logger.Error().Err(err).Msg("gRPC is served no more")
		}
	})
	return nil
}

// followConnection has the health tell whether there is a connection, from before the first call on.
func (s *Server) followConnection() {
	conn := s.config.Connection
	if conn == nil {
		s.health.tell(true)
		return
	}
	changes := conn.StatusChanged()
	s.health.tell(conn.IsConnected())
	s.served.Go(func() { s.health.follow(conn, changes) })
}

// Addr is where it listens; empty before Start.
func (s *Server) Addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Stop takes no more calls and waits for those in flight until ctx ends; the rest is cut off. End the service's
// polls first. Twice is safe.
func (s *Server) Stop(ctx context.Context) error {
	s.health.stop()
	stopped := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(stopped)
	}()
	var err error
	select {
	case <-stopped:
	case <-ctx.Done():
		s.grpc.Stop()
		<-stopped
		err = fmt.Errorf("gRPC calls in flight are abandoned: %w", ctx.Err())
	}
	s.served.Wait()
	return err
}
