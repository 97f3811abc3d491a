package runtime

import (
	"context"
	"net"

	"github.com/perdure/perdure/runtime/monitor"
)

// DefaultMetricsListen is where metrics and the health are served beside an embedded server.
const DefaultMetricsListen = "127.0.0.1:9233"

// Metrics is where Prometheus, and whoever looks after servers, connect. There is no login: whoever reaches the address sees the names
// of namespaces and task queues.
type Metrics struct {
	// Listen is the host:port; port 0 takes a free one, see Server.MetricsAddr. Empty: nothing is served.
	Listen string
	// Optional says that a taken address is no error: a warning is logged, and nothing is served.
	Optional bool
}

// startMonitor serves metrics and the health before all else, so that it can be seen how the start comes along.
func (c *composition) startMonitor(ctx context.Context) error {
	config := c.config.Metrics
	if config.Listen == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return c.doorError("the listener for metrics", "--metrics-listen", config.Listen, config.Optional, err)
	}
	m := monitor.New(monitor.Config{Listener: listener, Version: c.config.Version, NATSVersion: NATSVersion, Logger: c.config.Logger})
	if err := c.add(ctx, "metrics", m.Start, m.Stop); err != nil {
		return err
	}
	c.monitor = m
	return nil
}

// watch has the monitor tell of the parts that have been started by now.
func (c *composition) watch() {
	if c.monitor == nil {
		return
	}
	sources := monitor.Sources{History: c.history, Matching: c.matching, Visibility: c.visibility, Connection: c.conn, Unserved: c.served.unserved}
	if c.gateway != nil {
		sources.Gateway = c.gateway
	}
	if c.embedded != nil {
		sources.NATSClients = c.embedded.nats.NumClients
	}
	if c.grpc != nil {
		sources.GRPCConnections = c.grpc.Connections
	}
	c.monitor.Watch(sources)
}

// MetricsAddr is the host:port where metrics and the health are served; empty when they are not.
func (s *Server) MetricsAddr() string {
	if s.monitor == nil {
		return ""
	}
	return s.monitor.Addr()
}
