package runtime

import (
	"context"
	"errors"
	"fmt"
	"syscall"

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

// startGRPC opens the gRPC door, which polls over NATS and calls the gateway in this process.
func (c *composition) startGRPC(ctx context.Context) error {
	config := c.config.GRPC
	if config.Listen == "" {
		return nil
	}
	service, err := temporalnats.New(temporalnats.Config{Conn: c.conn, Names: c.config.names(), Service: c.gateway, Logger: c.config.Logger})
	if err != nil {
		return err
	}
	door, err := temporalgrpc.New(temporalgrpc.Config{Listen: config.Listen, Service: service, TLS: config.TLS, Logger: c.config.Logger})
	if err != nil {
		service.Close()
		return err
	}
	err = c.add(ctx, "gRPC", door.Start, func(ctx context.Context) error {
		service.Close() // polls end first
		return door.Stop(ctx)
	})
	if err != nil {
		service.Close()
		return c.explainGRPC(err)
	}
	c.grpcAddr = door.Addr()
	return nil
}

// explainGRPC says what to do about an address that cannot be listened on.
func (c *composition) explainGRPC(err error) error {
	config := c.config.GRPC
	switch {
	case !errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: take another address with --grpc-listen", err)
	case config.Optional:
		c.config.Logger.Warn().Str("address", config.Listen).Msg("gRPC is not served: another program listens there, perhaps another perdure or a Temporal server; take another address with --grpc-listen")
		return nil
	}
	return fmt.Errorf("%w: %w by another program, perhaps another perdure or a Temporal server: stop it, or take another address with --grpc-listen", err, ErrPortTaken)
}

// GRPCAddr is the host:port where gRPC is served; empty when it is not.
func (s *Server) GRPCAddr() string { return s.grpcAddr }
