package visibility

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/visibility/index"
)

// Service keeps the indexes of namespaces and answers from them.
type Service struct {
	config Config

	mu      sync.RWMutex // guards what follows
	open    map[string]*projection
	stopped bool
}

// New is a service of no namespace yet. It makes the folder if it is absent.
func New(config Config) (*Service, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.Folder, 0o750); err != nil {
		return nil, fmt.Errorf("the folder of the indexes of workflows: %w", err)
	}
	return &Service{config: config, open: map[string]*projection{}}, nil
}

// OpenNamespace keeps the index of a namespace from now on, and returns at once. Twice is safe; a later incarnation takes the
// place of an earlier one, whose file is removed. Unavailable when the service is stopping.
func (s *Service) OpenNamespace(ctx context.Context, settings *namespace.Settings) error {
	name := settings.Incarnation.Namespace
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return serviceerror.NewUnavailable("the service is stopping")
	}
	if s.config.Off {
		return nil
	}
	if there := s.open[name]; there != nil {
		if there.settings.Incarnation == settings.Incarnation {
			return nil
		}
		if err := there.discard(ctx); err != nil {
			return err
		}
	}
	p := newProjection(s.config, settings, s.path(settings))
	s.open[name] = p
	p.start()
	return nil
}

// path is the file of a namespace's index.
func (s *Service) path(settings *namespace.Settings) string {
	in := settings.Incarnation
	return filepath.Join(s.config.Folder, fmt.Sprintf("%s-%d.db", in.Namespace, in.Number))
}

// CloseNamespace ends the index of a namespace, and removes it. One that is not open is no error.
func (s *Service) CloseNamespace(ctx context.Context, name string) error {
	s.mu.Lock()
	p := s.open[name]
	delete(s.open, name)
	s.mu.Unlock() // other namespaces are listed while this one's lists end
	if p == nil {
		return nil
	}
	return p.discard(ctx)
}

// discard stops the projection and removes its file.
func (p *projection) discard(ctx context.Context) error {
	if err := p.stop(ctx); err != nil {
		return err
	}
	return p.remove()
}

// Stop ends all indexes. Their files stay. Twice is safe.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for _, p := range s.open {
		p.cancel()
	}
	var failed []error
	for _, p := range s.open {
		failed = append(failed, p.stop(ctx))
	}
	return errors.Join(failed...)
}

// ask has a question answered by a namespace's index, once that knows all that is acknowledged now, or has been waited
// for, and tells by how much it is behind. Errors: Unavailable; those of the question.
func (s *Service) ask(ctx context.Context, name string, question func(*index.Store) error) (behind time.Duration, err error) {
	s.mu.RLock()
	p := s.open[name]
	s.mu.RUnlock()
	if p == nil {
		return 0, serviceerror.NewUnavailablef("namespace %s: its workflows cannot be listed here", name)
	}
	behind = p.await(ctx)
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.store == nil {
		return 0, serviceerror.NewUnavailablef("namespace %s: there is no index of its workflows at the moment, and they cannot be listed: %v; workflows run on: try again", name, p.missing)
	}
	err = question(p.store)
	var service serviceerror.ServiceError
	if errors.Is(err, index.ErrDamaged) {
		p.damaged.Store(true)
		p.kick()
	}
	if err != nil && !errors.As(err, &service) && ctx.Err() == nil {
		p.troubles.Warn().Err(err).Str("file", p.path).Msg("the index of workflows cannot be read")
		err = serviceerror.NewUnavailablef("namespace %s: reading the index of its workflows: %v", name, err)
	}
	return behind, err
}

// await waits until the index knows all that is acknowledged now, as long as a listing may, and tells by how much it is behind then. While
// the index is being filled, which takes longer, nobody waits.
func (p *projection) await(ctx context.Context) (behind time.Duration) {
	w := p.progress.wait(p.config.Positions.Positions(p.name()))
	if w == nil {
		return 0
	}
	p.kick()
	if p.progress.partialFor(time.Now()) > p.config.Wait {
		return p.progress.giveUp(w, time.Now())
	}
	longest := time.NewTimer(p.config.Wait)
	defer longest.Stop()
	select {
	case <-w.done:
	case <-longest.C:
	case <-p.done:
	case <-ctx.Done():
	}
	return p.progress.giveUp(w, time.Now())
}
