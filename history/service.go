package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/sweep"
)

// Matching is what history needs of the queues.
type Matching interface {
	// Queue puts a task on its queue and does not wait for it.
	Queue(namespace string, task *workerpb.Task)
	// Sticky offers a started workflow task to the worker that holds the run
	// in its cache. answer is called once, from any goroutine.
	Sticky(namespace, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse, answer func(accepted bool))
	// Query asks the worker, or with "" any worker of the queue.
	// FailedPrecondition: there is none.
	Query(ctx context.Context, namespace, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondQueryTaskCompletedRequest, error)
}

// Namespaces is where history finds the settings of a namespace.
type Namespaces interface {
	// Get is one namespace: serviceerror.NamespaceNotFound.
	Get(ctx context.Context, name string) (*namespace.Settings, error)
	// SearchAttributes are the custom ones of a namespace, from memory.
	SearchAttributes(name string) api.SearchAttributeTypes
	// Limits are those of a namespace, from memory.
	Limits(name string) *api.Limits
	// Retention is how long a closed run can be read; 0 for a namespace that is not known.
	Retention(name string) time.Duration
}

// Config of a Service.
type Config struct {
	Conn       *nats.Conn
	JetStream  jetstream.JetStream
	Names      api.Names
	Namespaces Namespaces
	Matching   Matching
	// Owner names this process in epochs.
	Owner  string
	Logger zerolog.Logger
	// RestAfter is how long nothing must have touched a run before it is
	// forgotten; 0: 4 s.
	RestAfter time.Duration
	// RestBusy is how old a busy run's oldest record may get before it is
	// written to rest all the same; 0: 30 s.
	RestBusy time.Duration
	// RestBytes is how much log there may be behind a busy run's oldest record
	// before the run is written to rest all the same; 0: 64 MiB.
	RestBytes uint64
	// CutBytes is the least size of a log that is cut; 0: 64 MiB.
	CutBytes uint64
	// PayloadGrace is how long a large payload stays after it was put, whoever holds it; 0: sweep.DefaultGrace.
	PayloadGrace time.Duration
	// InFlight is how many frames wait for their acknowledgements at most, where these take long; 0: 2.
	InFlight int
}

func (c *Config) complete() error {
	if c.Conn == nil || c.JetStream == nil || c.Namespaces == nil || c.Matching == nil {
		return errors.New("history: Conn, JetStream, Namespaces and Matching are needed")
	}
	c.RestAfter = cmp.Or(c.RestAfter, 4*time.Second)
	c.RestBusy = cmp.Or(c.RestBusy, 30*time.Second)
	c.RestBytes = cmp.Or(c.RestBytes, 64<<20)
	c.CutBytes = cmp.Or(c.CutBytes, 64<<20)
	c.InFlight = cmp.Or(c.InFlight, 2)
	return nil
}

// Service serves the shards of namespaces.
type Service struct {
	config Config
	// taken tells that another server takes shards, once a minute.
	taken zerolog.Logger

	mu         sync.RWMutex // guards what is below
	namespaces map[string]*openNamespace
	stopped    bool
}

// openNamespace is a namespace whose shards are served here.
type openNamespace struct {
	settings *namespace.Settings
	store    *rest.Store
	shards   []*shard
	sweeper  *sweep.Sweeper // from when it is served on
}

// New is a service of no namespace yet.
func New(config Config) (*Service, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	return &Service{config: config, taken: oncePerMinute(config.Logger), namespaces: map[string]*openNamespace{}}, nil
}

// OpenNamespace serves the shards of a namespace from now on: it checks the
// streams that they share, and returns when the shards recover. One whose log
// is missing stops by itself (Ready); the others serve. Twice is safe. Errors:
// serviceerror.NamespaceNotFound, those of package rest.
func (s *Service) OpenNamespace(ctx context.Context, name string) error {
	if s.find(name) != nil {
		return nil
	}
	settings, err := s.config.Namespaces.Get(ctx, name)
	if err != nil {
		return err
	}
	store, err := rest.Open(ctx, settings.Rest(s.config.JetStream, s.config.Names))
	if err != nil {
		return fmt.Errorf("opening namespace %s: %w", name, err)
	}
	ns := &openNamespace{settings: settings, store: store}
	for number := range settings.Shards {
		ns.shards = append(ns.shards, newShard(s.config, s.taken, ns, number, s.Execute))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return serviceerror.NewUnavailable("the service is stopping")
	}
	if s.namespaces[name] == nil {
		s.namespaces[name] = ns
		for _, sh := range ns.shards {
			sh.start()
		}
		ns.sweeper = s.startSweeper(ns)
	}
	return nil
}

// Ready waits until every shard of the open namespaces serves, or has failed for good:
// the errors of these, joined.
func (s *Service) Ready(ctx context.Context) error {
	s.mu.RLock()
	var shards []*shard
	for _, ns := range s.namespaces {
		shards = append(shards, ns.shards...)
	}
	s.mu.RUnlock()
	var failed []error
	for _, sh := range shards {
		select {
		case <-sh.ready:
		case <-ctx.Done():
			return fmt.Errorf("waiting for shard %s: %w: %w", sh.name(), ctx.Err(), sh.unavailable())
		}
		failed = append(failed, sh.failure())
	}
	return errors.Join(failed...)
}

// Stop lets every shard finish what it has begun and hands it out. Twice is safe.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	var shards []*shard
	var sweepers []*sweep.Sweeper
	for _, ns := range s.namespaces {
		shards = append(shards, ns.shards...)
		sweepers = append(sweepers, ns.sweeper)
	}
	s.mu.Unlock()
	for _, sweeper := range sweepers {
		sweeper.Stop()
	}
	return stopShards(ctx, shards)
}

func (s *Service) find(name string) *openNamespace {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.namespaces[name]
}

// Exists tells whether the namespace is served here: nil or serviceerror.NamespaceNotFound.
func (s *Service) Exists(name string) error {
	if s.find(name) == nil {
		return serviceerror.NewNamespaceNotFound(name)
	}
	return nil
}

// Requeue queues again every task that the namespace owes: matching lost them.
func (s *Service) Requeue(name string) {
	if ns := s.find(name); ns != nil {
		for _, sh := range ns.shards {
			sh.mailbox.Put(requeue{})
		}
	}
}

// Execute begins one call and waits for nothing. done gets its outcome, once, from the goroutine that
// serves the shard or another one, which it must not keep waiting. The reply is an API message, in which a
// history may be attached as it is encoded (api.Settle). Errors are of package serviceerror, or
// the context's. A long poll whose context ends is answered with what there is.
func (s *Service) Execute(ctx context.Context, call api.Call, done func(reply proto.Message, err error)) {
	ns := s.find(call.Namespace)
	if ns == nil {
		done(nil, serviceerror.NewNamespaceNotFound(call.Namespace))
		return
	}
	id, task, err := topicOf(call.Request)
	if err != nil {
		done(nil, err)
		return
	}
	ns.shards[shardOf(id, len(ns.shards))].take(&request{ctx: ctx, workflowID: id, call: call, task: task, done: done})
}

// shardOf is where a workflow id lives. It never changes for a namespace.
func shardOf(workflowID string, shards int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(workflowID)) // never fails
	return int(h.Sum32() % uint32(shards))
}
