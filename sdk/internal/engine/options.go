package engine

import (
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/internal/crew"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/coroutine"
	"github.com/perdure/perdure/sdk/metrics"
)

// DefaultDeadlockTimeout is how long workflow code may run without blocking.
const DefaultDeadlockTimeout = time.Second

// Options are the worker's settings that executions need. The zero value is usable.
type Options struct {
	// DataConverter converts inputs and results; nil is converter.Default().
	DataConverter converter.DataConverter
	// Logger is where workflow.GetLogger writes, except on replay. The zero value drops everything.
	Logger zerolog.Logger
	// DeadlockTimeout is how long a coroutine may run before it blocks; 0 is
	// [DefaultDeadlockTimeout], a negative value switches the detector off.
	DeadlockTimeout time.Duration
	// Identity is the worker's, for workflow.GetInfo.
	Identity string
	// Namespace is the run's, for workflow.GetInfo.
	Namespace string
	// Metrics is told what the code tells of itself; nil: nobody is.
	Metrics metrics.Handler
	// Interceptors are package workflow's, which this one cannot name: a []workflow.Interceptor, or nil.
	Interceptors any
	// Crew has the goroutines in which the steps of executions run, and Coroutines those of their
	// coroutines, for one execution after the other; nil: each makes its own.
	Crew       *crew.Crew
	Coroutines *coroutine.Pool
}

func (o Options) withDefaults() Options {
	if o.DataConverter == nil {
		o.DataConverter = converter.Default()
	}
	if o.Metrics == nil {
		o.Metrics = metrics.Nop
	}
	if o.DeadlockTimeout == 0 {
		o.DeadlockTimeout = DefaultDeadlockTimeout
	}
	return o
}
