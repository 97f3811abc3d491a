package workflowtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/attributes"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// The names of the run that Execute makes.
const (
	namespace  = "test"
	workflowID = "test-workflow"
	runID      = "00000000-0000-4000-8000-000000000000"
	taskQueue  = "test-queue"
)

// startTime is when every run starts, unless SetStartTime is called.
var startTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// maxTasks is how many workflow tasks a run may take before it is thought to loop for ever.
const maxTasks = 100_000

// Options are an environment's settings. The zero value is usable.
type Options struct {
	// DataConverter is the worker's; nil is converter.Default().
	DataConverter converter.DataConverter
	// Logger is where workflow.GetLogger writes; the zero value drops everything.
	Logger zerolog.Logger
	// StartTime is the virtual time of the start; the zero value is the beginning of 2026.
	StartTime time.Time
	// DeadlockTimeout is how long workflow code may run, in real time; zero is the worker's default.
	DeadlockTimeout time.Duration
	// RunTimeout is the run's time-out; zero is none.
	RunTimeout time.Duration
	// Interceptors are the worker's.
	Interceptors []interceptor.WorkerInterceptor
	// ContextPropagators are the worker's; they carry what Header has into the workflow.
	ContextPropagators []workflow.ContextPropagator
	// Header comes with the start.
	Header map[string]*commonpb.Payload
	// Memo and SearchAttributes are those that the run is started with, as in client.StartOptions.
	Memo, SearchAttributes map[string]any
	// CronSchedule is what the run is told of its schedule. It runs once, at once.
	CronSchedule string
	// LastResult is what workflow.GetLastCompletionResult gives, and LastError what workflow.GetLastError does.
	LastResult any
	LastError  error
}

// Environment runs one workflow, and, as far as that needs them, its children: each has an environment of its own
// ([Environment.Workflow]), in the same virtual time. It is used from one goroutine, the test's: activities and what is
// planned with [Environment.After] run there, too, and may end the test as require does.
type Environment struct {
	opts       Options
	registry   *engine.Registry
	workflows  []workflow.Implementation
	activities map[string]*Double
	world      *world
	journal    journal
	agenda     *agenda
	run        *engine.Execution
	task       *workflowservice.PollWorkflowTaskQueueResponse
	open       map[int64]*attempts     // activities, by scheduled event id
	timers     map[string]*appointment // by timer id
	locals     locals
	updates    updates
	children   map[int64]*child // by the event that asked for each
	closed     *historypb.HistoryEvent

	memo       *commonpb.Memo
	attributes *commonpb.SearchAttributes

	started  *historypb.WorkflowExecutionStartedEventAttributes
	parent   *Environment // nil for none
	doubled  bool         // the code is the test's
	busy     bool         // a workflow task is under way
	canceled bool         // the workflow was asked to cancel
	asleep   *appointment // the first workflow task is still to come
	limit    *appointment // the run times out

	onHeartbeat func(Heartbeat)
}

// New makes an environment that can run the given workflows. What it holds is released at the test's
// end.
func New(t testing.TB, opts Options, impls ...workflow.Implementation) *Environment {
	t.Helper()
	if opts.DataConverter == nil {
		opts.DataConverter = converter.Default()
	}
	if opts.StartTime.IsZero() {
		opts.StartTime = startTime
	}
	w := newWorld(opts.StartTime)
	env := &Environment{
		opts: opts, registry: &engine.Registry{}, workflows: impls, activities: map[string]*Double{},
		world: w, agenda: w.agenda, journal: journal{clock: w.clock},
		open: map[int64]*attempts{}, timers: map[string]*appointment{}, children: map[int64]*child{},
	}
	w.root = env
	for _, impl := range impls {
		if err := env.registry.RegisterWorkflow(impl); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(w.close)
	return env
}

// Now is the virtual time.
func (env *Environment) Now() time.Time { return env.journal.now }

// After plans fn for a virtual time after now: to send a signal, to cancel, to look at the state with
// a query.
func (env *Environment) After(d time.Duration, fn func()) { env.agenda.add(env.journal.now.Add(d), fn) }

// Cancel requests the cancellation of the workflow.
func (env *Environment) Cancel() {
	env.happens(func() { env.requestCancel(&historypb.WorkflowExecutionCancelRequestedEventAttributes{}) })
}

// happens lets act write events: now, or when the workflow task is completed that local activities keep open.
func (env *Environment) happens(act func()) {
	if env.locals.waiting {
		env.After(0, act)
		return
	}
	act()
}

// History is what has happened so far. It can be replayed, or saved as a golden history.
func (env *Environment) History() *historypb.History {
	return &historypb.History{Events: env.journal.events}
}

// Execute runs a workflow to its end and returns its output, or a *failure.WorkflowExecutionError, or
// the *failure.ContinueAsNewError that it ended with. What would keep the workflow open in production is an
// error, too: one that wraps [ErrBlocked], one that tells where the code has panicked or is deadlocked, or why
// the server refuses what it asks for. Children and other workflows that outlive it run on first, until they have ended or
// wait for what does not come. In the end the histories are replayed from the start, in whatever way the workflow has ended, and with
// the interceptors and context propagators of the options; the error of that wraps [ErrNonDeterministic] if the
// code does not fit one. An environment runs one workflow only.
func Execute[In, Out any](env *Environment, w workflow.Workflow[In, Out], in In) (Out, error) {
	var out Out
	input, err := converter.Encode(env.opts.DataConverter, in)
	if err != nil {
		return out, fmt.Errorf("input of workflow %s: %w", w.Name(), err)
	}
	if err := env.execute(w.Name(), input); err != nil {
		return out, err
	}
	if err := env.world.replay(); err != nil {
		return out, err
	}
	return Result[Out](env)
}

// Signal sends a signal now; plan it with [Environment.After].
func Signal[T any](env *Environment, s workflow.Signal[T], value T) error {
	if env.closed != nil {
		return fmt.Errorf("signal %s: the workflow is closed", s.Name())
	}
	input, err := converter.Encode(env.opts.DataConverter, value)
	if err != nil {
		return fmt.Errorf("signal %s: %w", s.Name(), err)
	}
	env.happens(func() {
		env.signaled(&historypb.WorkflowExecutionSignaledEventAttributes{SignalName: s.Name(), Input: input})
	})
	return nil
}

// Query asks the workflow: while it runs, from a function planned with [Environment.After], or after
// its end.
func Query[In, Out any](env *Environment, q workflow.Query[In, Out], in In) (Out, error) {
	var out Out
	if env.run == nil {
		return out, fmt.Errorf("query %s: no workflow was executed yet", q.Name())
	}
	args, err := converter.Encode(env.opts.DataConverter, in)
	if err != nil {
		return out, fmt.Errorf("query %s: %w", q.Name(), err)
	}
	result := env.run.Query(background, &querypb.WorkflowQuery{QueryType: q.Name(), QueryArgs: args})
	if result.GetResultType() == enumspb.QUERY_RESULT_TYPE_FAILED {
		return out, fmt.Errorf("query %s: %w", q.Name(), failure.ToError(env.opts.DataConverter, result.GetFailure()))
	}
	return out, converter.Decode(env.opts.DataConverter, result.GetAnswer(), &out)
}

func (env *Environment) start(name string, input *commonpb.Payloads) error {
	if env.run != nil {
		return errors.New("the environment has run a workflow before: make a new one with workflowtest.New")
	}
	lastResult, lastFailure, err := env.before()
	if err != nil {
		return err
	}
	memo, err := attributes.Memo(env.opts.DataConverter, env.opts.Memo)
	if err != nil {
		return err
	}
	indexed, err := attributes.Search(env.opts.SearchAttributes)
	if err != nil {
		return err
	}
	return env.begin(&historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: &commonpb.WorkflowType{Name: name}, WorkflowId: workflowID, Input: input, Attempt: 1,
		TaskQueue:              &taskqueuepb.TaskQueue{Name: taskQueue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		OriginalExecutionRunId: runID, FirstExecutionRunId: runID,
		CronSchedule: env.opts.CronSchedule, LastCompletionResult: lastResult, ContinuedFailure: lastFailure,
		FirstWorkflowTaskBackoff: durationpb.New(0), WorkflowExecutionTimeout: durationpb.New(0),
		WorkflowRunTimeout: durationpb.New(env.opts.RunTimeout), WorkflowTaskTimeout: durationpb.New(taskLimit),
		Header: env.header(), Memo: memo, SearchAttributes: indexed,
	})
}

func (env *Environment) header() *commonpb.Header {
	if env.opts.Header == nil {
		return nil
	}
	return &commonpb.Header{Fields: env.opts.Header}
}
