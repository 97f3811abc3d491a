package matching

import (
	"context"
	"errors"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// Matching serves the task queues of the open namespaces. Its methods may be
// called from any goroutine.
type Matching struct {
	config Config
	js     jetstream.JetStream
	sticky *sticky
	offers offers
	gone   *gone[string] // subjects of sticky queues

	// mu guards namespaces and lost, and that nothing is opened once stopped.
	mu         sync.RWMutex
	namespaces map[string]*namespace
	lost       func(namespace string)
	stopped    bool

	unknown zerolog.Logger // of tasks for a namespace that is not open
}

// New prepares matching; it talks to NATS from Start and OpenNamespace on.
func New(config Config) (*Matching, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	js, err := config.jetStream()
	if err != nil {
		return nil, err
	}
	return &Matching{config: config, js: js, gone: newGone[string](), namespaces: map[string]*namespace{}, unknown: config.rarely()}, nil
}

// Start begins to serve sticky tasks. Once started, a Matching can be stopped, and
// not started again. A second Start changes nothing.
func (m *Matching) Start(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return errStopped
	}
	if m.sticky != nil {
		return nil
	}
	s, err := startSticky(m.config, &m.offers)
	if err != nil {
		return err
	}
	m.sticky = s
	return nil
}

// Stop closes all namespaces and refuses all sticky tasks that no worker has accepted
// yet. Queued tasks that are not in TASKS yet are forgotten: who owns their
// shard next queues them again. A second Stop changes nothing.
func (m *Matching) Stop(ctx context.Context) error {
	m.mu.Lock()
	m.stopped = true
	open := m.namespaces
	m.namespaces = map[string]*namespace{}
	s := m.sticky
	m.mu.Unlock()

	for _, ns := range open {
		if err := ns.stop(ctx); err != nil {
			return err
		}
	}
	if s != nil {
		return s.stop(ctx)
	}
	return nil
}

// OnLost sets what is called when a namespace's TASKS was lost and is there again,
// empty: whoever owns shards of the namespace queues again all that they
// owe. The call comes from a goroutine of this package that does nothing else
// for the namespace meanwhile: f must return soon, and not close the namespace. Set it before
// the first OpenNamespace.
func (m *Matching) OnLost(f func(namespace string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lost = f
}

// OpenNamespace makes the namespace's TASKS, or checks the one that exists, and
// serves its queues until CloseNamespace. It tries again while JetStream does
// not answer, until ctx ends. A namespace that is open already is not opened again.
//
// A stream of that name that is no work queue as this package makes it is
// FailedPrecondition, and so is a subject that another stream has.
func (m *Matching) OpenNamespace(ctx context.Context, in api.Incarnation) error {
	if m.find(in.Namespace) != nil {
		return nil
	}
	info, err := m.openTasks(ctx, in)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return errStopped
	}
	if m.namespaces[in.Namespace] != nil {
		return nil
	}
	ns, err := m.startNamespace(in, info)
	if err != nil {
		return err
	}
	m.namespaces[in.Namespace] = ns
	return nil
}

// CloseNamespace ends what OpenNamespace began; TASKS stays. A namespace that
// is not open is none to close.
func (m *Matching) CloseNamespace(name string) {
	m.mu.Lock()
	ns := m.namespaces[name]
	delete(m.namespaces, name)
	m.mu.Unlock()
	if ns != nil {
		_ = ns.stop(context.Background()) // ends by itself: it only fails when its context does
	}
}

// Queue puts a task into the work queue of its task queue and type. It never blocks
// and never fails: the task is published behind the scenes until it is there, was
// there already, or TASKS is lost. The task must not be changed afterwards.
func (m *Matching) Queue(namespace string, task *workerpb.Task) {
	ns := m.find(namespace)
	if ns == nil {
		m.unknown.Error().Str("namespace", namespace).Msg("a task was queued for a namespace that is not open, and is dropped")
		return
	}
	ns.publisher.add(task)
}

func (m *Matching) find(namespace string) *namespace {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.namespaces[namespace]
}

// opened is the open namespace of that name, or the error for who asked.
func (m *Matching) opened(namespace string) (*namespace, error) {
	if ns := m.find(namespace); ns != nil {
		return ns, nil
	}
	return nil, serviceerror.NewNamespaceNotFound(namespace)
}

var errStopped = errors.New("matching is stopped")
