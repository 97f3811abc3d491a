package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/rs/zerolog"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/crew"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/call"
	"github.com/perdure/perdure/sdk/internal/coroutine"
	"github.com/perdure/perdure/sdk/internal/eager"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/internal/offload"
	"github.com/perdure/perdure/sdk/internal/pull"
)

// state is how far a worker's life has gone.
type state int

const (
	fresh state = iota
	running
	stopping
	stopped
)

// Worker takes tasks from one task queue.
type Worker struct {
	conn      *nats.Conn
	names     api.Names
	namespace string
	queue     string
	// id is the worker's own: the address of its sticky tasks.
	id       string
	identity string
	options  Options
	dc       converter.DataConverter
	around   interceptors
	meters   *meters
	logger   zerolog.Logger
	sampled  zerolog.Logger // see often

	registry      registry
	cache         *cache
	coroutines    *coroutine.Pool // of the executions in the cache
	eager         *eager.Workers  // those of the client: this one while it runs workflows
	unlistEager   func()
	workflowSlots *pull.Slots
	activitySlots *pull.Slots
	localSlots    chan struct{} // holds one for each attempt at a local activity that runs

	caller        *call.Caller
	payloads      offload.Settings // of the caller
	subscriptions []*nats.Subscription
	service       micro.Service

	pulling scope // ends first: pullers, and keepPolling
	working scope // ends when the time to finish is over: activities, and waiting for slots
	calling scope // ends last: requests to the service
	// deadlines are children of calling.
	deadlines *deadlines

	stopping chan struct{}
	pullers  sync.WaitGroup
	tasks    tasks
	finished chan struct{}
	stopErr  error
	// openAgain is how often the service wants to be told that this worker polls, in nanoseconds; 0: not at all.
	openAgain atomic.Int64
	lost      chan struct{} // closed by lose when the connection is closed for good
	lose      func()

	mu    sync.Mutex // guards state, and the registry until the start
	state state
}

// scope is a context and its end.
type scope struct {
	context.Context
	end context.CancelCauseFunc
}

func newScope() scope {
	ctx, end := context.WithCancelCause(context.Background())
	return scope{ctx, end}
}

// New makes a worker of a task queue, whose name has 1 to 1000 bytes. Register what it runs, then call Start or
// Run. The client must stay open until the worker has stopped.
func New(c *client.Client, queue string, options Options) (*Worker, error) {
	if queue == "" || len(queue) > api.MaxID {
		return nil, fmt.Errorf("task queue %.80q: its name has 1 to %d bytes", queue, api.MaxID)
	}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	options = options.withDefaults()
	settings := c.Options()
	logger := settings.Logger
	if options.Logger != nil {
		logger = *options.Logger
	}
	lost := make(chan struct{})
	w := &Worker{
		conn: c.Conn(), names: api.Names{Prefix: settings.Prefix}, namespace: settings.Namespace, queue: queue,
		id: uuid.NewString(), identity: settings.Identity, options: options, dc: settings.DataConverter,
		payloads: offload.Settings{
			Threshold: cmp.Or(options.PayloadThreshold, settings.PayloadThreshold), Limit: cmp.Or(options.PayloadLimit, settings.PayloadLimit),
		},
		around:        interceptorsOf(settings, options),
		meters:        newMeters(settings.MetricsHandler, settings.Namespace, queue, options),
		logger:        logger.With().Str("task_queue", queue).Logger(),
		sampled:       sample(logger.With().Str("task_queue", queue).Logger()),
		cache:         newCache(options.StickyCacheSize),
		workflowSlots: pull.NewSlots(options.MaxConcurrentWorkflowTasks),
		activitySlots: pull.NewSlots(options.MaxConcurrentActivities),
		localSlots:    make(chan struct{}, options.MaxConcurrentLocalActivities),
		tasks:         tasks{crew: crew.New(idleGoroutines)},
		coroutines:    coroutine.NewPool(idleGoroutines),
		eager:         c.Eager(),
		unlistEager:   func() {},
		stopping:      make(chan struct{}),
		finished:      make(chan struct{}),
		lost:          lost,
		lose:          sync.OnceFunc(func() { close(lost) }),
	}
	w.cache.measure(w.meters.handler)
	return w, nil
}

// Start begins to take tasks and returns. Its error is what is wrong with the registrations, or the
// service's word that it will not serve this queue; a service that is not there yet is waited for in
// the background.
func (w *Worker) Start() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.state != fresh:
		return errors.New("start the worker: it was started before; make a new one")
	case w.registry.wrong != nil:
		return w.registry.wrong
	case len(w.kinds()) == 0:
		return errNothingRegistered
	}
	w.pulling, w.working, w.calling = newScope(), newScope(), newScope()
	w.deadlines = newDeadlines(w.calling)
	var err error
	if w.caller, err = call.New(w.conn, w.names, w.namespace); err != nil {
		return fmt.Errorf("worker of %s: %w", w.queue, err)
	}
	w.caller.Measure(w.meters.all)
	w.caller.Offload(w.payloads, w.queue)
	if err = w.tryQueues(); err == nil {
		err = w.listen()
	}
	if err != nil {
		w.unlisten()
		w.caller.Close()
		return err
	}
	w.state = running
	w.meters.started(w.kinds(), w.registry.workflows.Names())
	report := pull.NewReport(w.logger)
	for _, kind := range w.kinds() {
		w.pullFrom(kind, report)
	}
	w.pullers.Go(w.keepPolling)
	if w.registry.hasWorkflows() {
		w.unlistEager = w.eager.Add(w.queue, w.takeEager)
	}
	return nil
}

// kinds are the kinds of tasks that there is code for.
func (w *Worker) kinds() []enumspb.TaskQueueType {
	var kinds []enumspb.TaskQueueType
	if w.registry.hasWorkflows() {
		kinds = append(kinds, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	}
	if len(w.registry.activities) > 0 {
		kinds = append(kinds, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
	}
	return kinds
}

// Run starts the worker, waits for the end of ctx, and stops it. It also ends, with
// nats.ErrConnectionClosed, when the client's connection is closed for good.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.Start(); err != nil {
		return err
	}
	var lost error
	select {
	case <-ctx.Done():
	case <-w.lost:
		lost = fmt.Errorf("worker of %s: %w; connect anew", w.queue, nats.ErrConnectionClosed)
	}
	return errors.Join(lost, w.Stop())
}

func (w *Worker) engineOptions() engine.Options {
	return engine.Options{
		DataConverter: w.dc, Logger: w.logger, DeadlockTimeout: w.options.DeadlockTimeout,
		Identity: w.identity, Namespace: w.namespace, Crew: w.tasks.crew, Coroutines: w.coroutines,
		Interceptors: w.around.workflow, Metrics: w.meters.handler,
	}
}

func (w *Worker) newExecution(task *workflowservice.PollWorkflowTaskQueueResponse) (*engine.Execution, error) {
	return engine.New(&w.registry.workflows, w.engineOptions(), task)
}

// isNotFound tells the service's word that a task is stale. A namespace that is not found is
// another thing.
func isNotFound(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}
