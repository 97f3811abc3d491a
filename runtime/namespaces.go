package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/history/namespace"
)

// served is which incarnation of a namespace is open here. One that is being opened or closed is locked meanwhile, since
// requests and the registry's goroutine may do so at once.
type served struct {
	mu   sync.Mutex // guards open
	open map[string]*opened
}

type opened struct {
	mu sync.Mutex // guards number
	// number of the incarnation that is open, or was to be; 0: none.
	number uint64
	// failed says why it could not be opened; nil: it is open, or none is. It is not guarded.
	failed atomic.Pointer[error]
}

// unserved are the namespaces that could not be opened, and why. It waits for none that is being opened.
func (s *served) unserved() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for name, o := range s.open {
		if failed := o.failed.Load(); failed != nil {
			all[name] = (*failed).Error()
		}
	}
	return all
}

func (s *served) find(name string) *opened {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]*opened{}
	}
	if s.open[name] == nil {
		s.open[name] = &opened{}
	}
	return s.open[name]
}

// serve serves one namespace. An earlier incarnation is closed first, and one that was deleted meanwhile is not served.
func (c *composition) serve(ctx context.Context, settings *namespace.Settings) error {
	in := settings.Incarnation
	o := c.served.find(in.Namespace)
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.registry.Gone(in) {
		return nil
	}
	if o.number != 0 && o.number < in.Number {
		if err := c.closeAll(ctx, in.Namespace); err != nil {
			return err
		}
	}
	o.number = in.Number
	o.failed.Store(nil)
	err := c.openAll(ctx, settings)
	if err != nil {
		o.failed.Store(&err)
	}
	return err
}

// openAll opens a namespace in each part. Its queues come first: recovery queues what is owed.
func (c *composition) openAll(ctx context.Context, settings *namespace.Settings) error {
	if err := c.matching.OpenNamespace(ctx, settings.Incarnation); err != nil {
		return fmt.Errorf("opening the queues of namespace %s: %w", settings.Incarnation.Namespace, err)
	}
	if err := c.history.OpenNamespace(ctx, settings.Incarnation.Namespace); err != nil {
		return err
	}
	return c.visibility.OpenNamespace(ctx, settings)
}

// close ends what serve began, for this incarnation and earlier ones.
func (c *composition) close(ctx context.Context, settings *namespace.Settings) error {
	o := c.served.find(settings.Incarnation.Namespace)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.number == 0 || o.number > settings.Incarnation.Number {
		return nil
	}
	if err := c.closeAll(ctx, settings.Incarnation.Namespace); err != nil {
		return err
	}
	o.number = 0
	o.failed.Store(nil)
	return nil
}

// closeAll closes a namespace in each part, those first that use others. Twice is safe.
func (c *composition) closeAll(ctx context.Context, name string) error {
	if err := c.history.CloseNamespace(ctx, name); err != nil {
		return err
	}
	c.matching.CloseNamespace(name)
	return c.visibility.CloseNamespace(ctx, name)
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
	c.namespaced = len(all) > 0
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

// HasNamespace tells whether there was a namespace when the server started: on an external NATS there may be none, and then there is
// nothing to call.
func (s *Server) HasNamespace() bool { return s.namespaced }

// servedNamespaces are the registry's, of which those exist for a caller that history serves.
type servedNamespaces struct {
	*namespace.Registry
	served *history.Service
}

// Exists is nil or serviceerror.NamespaceNotFound.
func (n servedNamespaces) Exists(name string) error { return n.served.Exists(name) }
