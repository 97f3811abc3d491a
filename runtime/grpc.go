package runtime

import (
	"context"

	"github.com/perdure/perdure/gateway/temporalgrpc"
	"github.com/perdure/perdure/sdk/temporalnats"
)

// DefaultGRPCListen is where Temporal's SDKs look for a server.
const DefaultGRPCListen = "127.0.0.1:7233"

// GRPC is where Temporal's clients connect.
type GRPC struct {
	// Listen is the host:port; port 0 takes a free one, see Server.GRPCAddr. Empty: gRPC is not served.
	Listen string
	// Optional says that a taken address is no error: a warning is logged, and gRPC is not served.
	Optional bool
	TLS      temporalgrpc.TLS
}

// startTemporal makes Temporal's services, which poll over NATS and call the gateway in this process, and opens
// the doors to them.
func (c *composition) startTemporal(ctx context.Context) error {
	if c.config.GRPC.Listen == "" && c.config.UI.Listen == "" {
		return nil
	}
	service, err := temporalnats.New(temporalnats.Config{
		Conn: c.conn, Names: c.config.names(), Service: c.gateway, MaxReply: temporalgrpc.MaxReply, Logger: c.config.Logger,
	})
	if err != nil {
		return err
	}
	stop := func(context.Context) error {
		service.Close()
		return nil
	}
	if err := c.add(ctx, "Temporal's services", func(context.Context) error { return nil }, stop); err != nil {
		return err
	}
	if err := c.startGRPC(ctx, service); err != nil {
		return err
	}
	return c.startUI(ctx, service)
}

// startGRPC opens the gRPC door.
func (c *composition) startGRPC(ctx context.Context, service *temporalnats.Conn) error {
	config := c.config.GRPC
	if config.Listen == "" {
		return nil
	}
	door, err := temporalgrpc.New(temporalgrpc.Config{
		Listen: config.Listen, Service: service, Connection: c.conn, TLS: config.TLS, Logger: c.config.Logger,
	})
	if err != nil {
		return err
	}
	err = c.add(ctx, "gRPC", door.Start, func(ctx context.Context) error {
		service.Close() // polls end first
		return door.Stop(ctx)
	})
	if err != nil {
		return c.doorError("gRPC", "--grpc-listen", config.Listen, config.Optional, err)
	}
	if door.Addr() != "" {
		c.grpc = door
	}
	c.grpcAddr = door.Addr()
	return nil
}

// GRPCAddr is the host:port where gRPC is served; empty when it is not.
func (s *Server) GRPCAddr() string { return s.grpcAddr }
