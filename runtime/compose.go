package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/gateway"
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
}

// slowStart is after what time a start says what it waits for.
const slowStart = 8 * time.Second

// compose starts matching, then history, then visibility, then the gateway: each needs those before it. limited
// ends when JetStream should have answered.
func (s *Server) compose(ctx, limited context.Context, domain string) error {
	c := &composition{Server: s}
	if err := c.prepare(limited, domain); err != nil {
		return s.explainStart(domain, err)
	}
	if err := c.awaitShards(ctx, limited); err != nil {
		return err
	}
	if err := c.startGateway(ctx); err != nil {
		return err
	}
	return c.startTemporal(ctx)
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
		Serve: func(ctx context.Context, settings *namespace.Settings) error { return c.serve(ctx, settings) },
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
	return c.serveNamespaces(ctx)
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
		LongPoll: c.config.Tuning.LongPoll, Logger: c.config.Logger,
	})
	if err != nil {
		return err
	}
	c.gateway = g
	ctx, cancel := context.WithTimeout(ctx, gatewayTimeout)
	defer cancel()
	return c.add(ctx, "gateway", g.Start, g.Stop)
}

// serve serves one namespace. Its queues come first: recovery queues what is owed.
func (c *composition) serve(ctx context.Context, settings *namespace.Settings) error {
	if err := c.matching.OpenNamespace(ctx, settings.Incarnation); err != nil {
		return fmt.Errorf("opening the queues of namespace %s: %w", settings.Incarnation.Namespace, err)
	}
	if err := c.history.OpenNamespace(ctx, settings.Incarnation.Namespace); err != nil {
		return err
	}
	return c.visibility.OpenNamespace(ctx, settings)
}

// serveNamespaces makes the namespaces that are to be there, and serves all there are. One that cannot
// be served, because a stream of it is missing for example, is reported and does not keep the others from it.
func (c *composition) serveNamespaces(ctx context.Context) error {
	if err := c.makeNamespaces(ctx); err != nil {
		return err
	}
	all, err := c.registry.All(ctx)
	if err != nil {
		return fmt.Errorf("reading the registry of namespaces: %w", err)
	}
	failed := map[string]error{}
	for _, settings := range all {
		if err := c.serve(ctx, settings); err != nil {
			failed[settings.Incarnation.Namespace] = err
		}
	}
	if len(all) > 0 && len(failed) == len(all) {
		return fmt.Errorf("no namespace can be served: %w", errors.Join(slices.Collect(maps.Values(failed))...))
	}
	for name, err := range failed {
		c.config.Logger.Error().Err(err).Str("namespace", name).Msg("the namespace is not served")
	}
	return nil
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

func (c *composition) makeNamespaces(ctx context.Context) error {
	names := c.config.Namespaces
	if !c.config.External {
		names = append([]string{DefaultNamespace}, names...)
	}
	for _, name := range names {
		_, err := c.registry.Get(ctx, name)
		var unknown *serviceerror.NamespaceNotFound
		if errors.As(err, &unknown) {
			_, err = c.registry.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
				Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(defaultRetention),
			})
		}
		var exists *serviceerror.NamespaceAlreadyExists
		if err != nil && !errors.As(err, &exists) { // another process may have been the faster one
			return fmt.Errorf("making namespace %s: %w", name, err)
		}
	}
	return nil
}

// servedNamespaces are the registry's, of which those exist for a caller that history serves.
type servedNamespaces struct {
	*namespace.Registry
	served *history.Service
}

// Exists is nil or serviceerror.NamespaceNotFound.
func (n servedNamespaces) Exists(name string) error { return n.served.Exists(name) }
