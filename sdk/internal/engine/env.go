package engine

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/command"
	"github.com/perdure/perdure/sdk/internal/coroutine"
	"github.com/perdure/perdure/sdk/metrics"
)

// Env is what running workflow code may ask of its run. All of it is called by the run's coroutines,
// one at a time, or by callbacks that events cause between their turns.
type Env struct {
	opts       Options
	logger     zerolog.Logger
	info       Info
	dispatcher coroutine.Dispatcher
	outbox     command.Outbox
	flags      flags
	now        time.Time
	taskTime   time.Time // when the present task was started
	replaying  bool
	readOnly   string       // why commands are forbidden now; empty if they are not
	failed     *TaskFailure // why the present task cannot be completed

	activities map[int64]*activity // by scheduled event id
	timers     map[int64]*timer    // by started event id
	locals     locals
	externals  map[int64]*external // by initiated event id
	children   children
	updates    updates
	sideEffects
	versions
	signals
	queries
	texts
	cancellation

	input  *commonpb.Payloads
	header *commonpb.Header // of the start
	result *outcome         // what the workflow function has returned
}

// outcome is how a workflow function ended.
type outcome struct {
	result *commonpb.Payloads
	err    error
}

func newEnv(opts Options) *Env {
	e := &Env{opts: opts, activities: map[int64]*activity{}, timers: map[int64]*timer{}}
	e.dispatcher.Pool = opts.Coroutines
	e.logger = opts.Logger.Hook(zerolog.HookFunc(func(entry *zerolog.Event, _ zerolog.Level, _ string) {
		if e.replaying {
			entry.Discard()
		}
	}))
	return e
}

// Info is what the run knows of itself; its pointers are shared and must not be written to.
func (e *Env) Info() Info { return e.info }

// Now is the time of the present workflow task's start, or of the last outcome of a local activity.
func (e *Env) Now() time.Time { return e.now }

// advance moves the workflow's time, which never goes back.
func (e *Env) advance(to time.Time) {
	if to.After(e.now) {
		e.now = to
	}
}

// Replaying tells whether what the code does now was done before.
func (e *Env) Replaying() bool { return e.replaying }

// Logger writes nothing while replaying.
func (e *Env) Logger() zerolog.Logger { return e.logger }

// DataConverter converts the run's inputs and results.
func (e *Env) DataConverter() converter.DataConverter { return e.opts.DataConverter }

// Header came with the run's start.
func (e *Env) Header() *commonpb.Header { return e.header }

// Metrics are still while replaying.
func (e *Env) Metrics() metrics.Handler {
	return metrics.Unless(e.Replaying, e.opts.Metrics.WithTags(map[string]string{metrics.WorkflowTypeTag: e.info.WorkflowType}))
}

// Interceptors are those of the options.
func (e *Env) Interceptors() any { return e.opts.Interceptors }

// UseFlag tells whether a changed behaviour is on in this run.
func (e *Env) UseFlag(f Flag) bool { return e.flags.use(f, e.replaying) }

// Go starts a coroutine.
func (e *Env) Go(name string, fn func()) {
	e.MustBeWritable("start a coroutine")
	if !e.discard() {
		e.dispatcher.Go(name, fn)
	}
}

// Park blocks the running coroutine until ready returns true.
func (e *Env) Park(reason string, ready func() bool) {
	if e.readOnly != "" && !e.dispatcher.Closing() {
		panic(fmt.Sprintf("blocked on %s in %s: it must return at once", reason, e.readOnly))
	}
	e.dispatcher.Park(reason, ready)
}

// ReadOnly runs code of the workflow that must neither block nor issue commands.
func (e *Env) ReadOnly(what string, fn func()) {
	before := e.readOnly
	e.readOnly = what
	defer func() { e.readOnly = before }()
	fn()
}

// MustBeWritable panics where code may only read: what says what it is at, as in "start a timer".
func (e *Env) MustBeWritable(what string) {
	if e.readOnly != "" {
		panic(fmt.Sprintf("attempt to %s in %s: it may only read and change variables; do it in the workflow's own code", what, e.readOnly))
	}
}

// discard tells whether the coroutines are being unwound, so that commands lead nowhere.
func (e *Env) discard() bool { return e.dispatcher.Closing() }

// fail ends the present task from within workflow code; it does not return.
func (e *Env) fail(f *TaskFailure) {
	if e.failed == nil {
		e.failed = f
	}
	e.dispatcher.Abort()
}
