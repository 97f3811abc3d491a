package runtime

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/gateway"
	"github.com/perdure/perdure/gateway/temporalgrpc"
	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/matching"
	"github.com/perdure/perdure/visibility"
)

// gatewayTimeout is how long subscribing may take; recovery, before it, may take as long as it does.
const gatewayTimeout = 30 * time.Second

// composition are the parts on one connection.
type composition struct {
	*Server
	registry   *namespace.Registry
	matching   *matching.Matching
	history    *history.Service
	visibility *visibility.Service
	gateway    *gateway.Gateway
	grpc       *temporalgrpc.Server // nil where gRPC is not served
	served     served
}

// slowStart is after what time a start says what it waits for.
const slowStart = 8 * time.Second

// compose starts matching, then history, then visibility, then the gateway: each needs those before it. limited
// ends when JetStream should have answered.
func (s *Server) compose(ctx, limited context.Context, domain string) error {
	c := &composition{Server: s}
	if err := c.startMonitor(ctx); err != nil {
		return err
	}
	if err := c.prepare(limited, domain); err != nil {
		return s.explainStart(domain, err)
	}
	c.watch()
	if err := c.awaitShards(ctx, limited); err != nil {
		return err
	}
	if err := c.startGateway(ctx); err != nil {
		return err
	}
	if err := c.startTemporal(ctx); err != nil {
		return err
	}
	c.watch()
	if c.monitor != nil {
		c.monitor.Serving()
	}
	return nil
}

// prepare starts all that has to do with JetStream.
func (c *composition) prepare(ctx context.Context, domain string) error {
	defer time.AfterFunc(slowStart, func() {
		c.config.Logger.Warn().Msg("JetStream does not answer yet: waiting for it; check that it has a leader (nats server report jetstream)")
	}).Stop()
	js, domain, err := c.jetStream(ctx, domain)
	if err != nil {
		return err
	}
	c.registry, err = namespace.Open(ctx, namespace.Config{
		JetStream: js, Names: c.config.names(), Replicas: c.config.Replicas, Shards: c.config.Shards,
		PayloadGrace: c.config.Tuning.PayloadGrace, Logger: c.config.Logger, Serve: c.serve, Close: c.close,
	})
	if err != nil {
		return err
	}
	if err := c.startMatching(ctx, domain); err != nil {
		return err
	}
	if err := c.startHistory(ctx, js); err != nil {
		return err
	}
	if err := c.startVisibility(ctx, domain); err != nil {
		return err
	}
	if err := c.serveNamespaces(ctx); err != nil {
		return err
	}
	return c.add(ctx, "the registry of namespaces", c.registry.Start, c.registry.Stop)
}

// jetStream is that of the domain. Where none is named it is the connection's own, and if that has a
// name, it is named to workers: they may be connected to another.
func (s *Server) jetStream(ctx context.Context, domain string) (jetstream.JetStream, string, error) {
	js, err := jetstream.New(s.conn)
	if err == nil && domain == "" {
		domain, err = stream.Domain(ctx, js)
	}
	if err == nil && domain != "" {
		js, err = jetstream.NewWithDomain(s.conn, domain)
	}
	return js, domain, err
}

func (c *composition) startMatching(ctx context.Context, domain string) error {
	m, err := matching.New(matching.Config{
		Conn: c.conn, Names: c.config.names(), Domain: domain, Replicas: c.config.Replicas, Logger: c.config.Logger,
	})
	if err != nil {
		return err
	}
	c.matching = m
	return c.add(ctx, "matching", m.Start, m.Stop)
}

func (c *composition) startHistory(ctx context.Context, js jetstream.JetStream) error {
	h, err := history.New(history.Config{
		Conn: c.conn, JetStream: js, Names: c.config.names(), Namespaces: c.registry,
		Matching: c.matching, Owner: c.config.Owner, Logger: c.config.Logger,
		RestAfter: c.config.Tuning.RestAfter, RestBusy: c.config.Tuning.RestBusy,
		RestBytes: c.config.Tuning.RestBytes, CutBytes: c.config.Tuning.CutBytes,
		PayloadGrace: c.config.Tuning.PayloadGrace,
	})
	if err != nil {
		return err
	}
	c.history = h
	c.matching.OnLost(h.Requeue)
	return c.add(ctx, "history", func(context.Context) error { return nil }, h.Stop)
}

func (c *composition) startGateway(ctx context.Context) error {
	g, err := gateway.New(gateway.Config{
		Conn: c.conn, Names: c.config.names(), History: c.history, Matching: c.matching, Visibility: c.visibility, Namespaces: servedNamespaces{c.registry, c.history},
		LongPoll: c.config.Tuning.LongPoll, Logger: c.config.Logger, Version: c.config.Version,
		Cluster: gateway.Cluster{ID: c.registry.ClusterID(), Shards: int32(c.registry.Shards())},
	})
	if err != nil {
		return err
	}
	c.gateway = g
	ctx, cancel := context.WithTimeout(ctx, gatewayTimeout)
	defer cancel()
	return c.add(ctx, "gateway", g.Start, g.Stop)
}

// awaitShards waits until what was opened serves. A shard that stopped loudly has said why in the log. When
// limited ends, the others are served all the same.
func (c *composition) awaitShards(ctx, limited context.Context) error {
	err := c.history.Ready(limited)
	if ctx.Err() != nil {
		return err
	}
	if limited.Err() != nil {
		c.config.Logger.Warn().Err(err).Msg("not all shards serve yet, the log says why: requests for their workflows are refused meanwhile")
	}
	return nil
}
