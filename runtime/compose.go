package runtime

import (
	"context"
	"errors"
	"fmt"
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
)

// gatewayTimeout is how long subscribing may take; recovery, before it, may take as long as it does.
const gatewayTimeout = 30 * time.Second

// composition are the parts on one connection.
type composition struct {
	*Server
	registry *namespace.Registry
	matching *matching.Matching
	history  *history.Service
}

// compose starts matching, then history, then the gateway: each needs those before it.
func (s *Server) compose(ctx context.Context, domain string) error {
	c := &composition{Server: s}
	js, domain, err := s.jetStream(ctx, domain)
	if err != nil {
		return err
	}
	c.registry, err = namespace.Open(ctx, namespace.Config{
		JetStream: js, Names: s.config.names(), Replicas: s.config.Replicas, Shards: s.config.Shards,
		Registered: func(ctx context.Context, settings *namespace.Settings) error { return c.serve(ctx, settings) },
	})
	if err != nil {
		return fmt.Errorf("opening the registry of namespaces: %w", err)
	}
	if err := c.startMatching(ctx, domain); err != nil {
		return err
	}
	if err := c.startHistory(ctx, js); err != nil {
		return err
	}
	if err := c.serveNamespaces(ctx); err != nil {
		return err
	}
	return c.startGateway(ctx)
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
		Conn: c.conn, Names: c.config.names(), History: c.history, Matching: c.matching, Namespaces: servedNamespaces{c.registry, c.history},
		LongPoll: c.config.Tuning.LongPoll, Logger: c.config.Logger,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, gatewayTimeout)
	defer cancel()
	return c.add(ctx, "gateway", g.Start, g.Stop)
}

// serve serves one namespace. Its queues come first: recovery queues what is owed.
func (c *composition) serve(ctx context.Context, settings *namespace.Settings) error {
	if err := c.matching.OpenNamespace(ctx, settings.Incarnation); err != nil {
		return fmt.Errorf("opening the queues of namespace %s: %w", settings.Incarnation.Namespace, err)
	}
	return c.history.OpenNamespace(ctx, settings.Incarnation.Namespace)
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
	var failed []error
	for _, settings := range all {
		if err := c.serve(ctx, settings); err != nil {
			failed = append(failed, err)
			c.config.Logger.Error().Err(err).Str("namespace", settings.Incarnation.Namespace).Msg("the namespace is not served")
		}
	}
	if len(all) > 0 && len(failed) == len(all) {
		return fmt.Errorf("no namespace can be served: %w", errors.Join(failed...))
	}
	return c.awaitShards(ctx)
}

// awaitShards waits until what was opened serves. A shard that stopped loudly has said why in the log.
func (c *composition) awaitShards(ctx context.Context) error {
	if err := c.history.Ready(ctx); ctx.Err() != nil {
		return err
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
