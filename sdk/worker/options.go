package worker

import (
	"cmp"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/offload"
	"github.com/perdure/perdure/sdk/workflow"
)

// Options are a worker's settings. The zero value takes the defaults.
type Options struct {
	// MaxConcurrentWorkflowTasks is how many workflow tasks run at a time; by default 200. With 1
	// every task is pulled: none can be sent straight to the worker.
	MaxConcurrentWorkflowTasks int
	// MaxConcurrentActivities is how many activities run at a time; by default 200.
	MaxConcurrentActivities int
	// MaxConcurrentLocalActivities is how many attempts at local activities run at a time; by default 1000.
	MaxConcurrentLocalActivities int
	// StickyCacheSize is how many idle runs are kept in memory between their tasks; by default 2000.
	// A negative number keeps none: each task then comes with the whole history.
	StickyCacheSize int
	// StopTimeout is how long Stop lets running tasks finish before it cancels activities; by default
	// 10 s. A negative time does not wait. A cancelled attempt fails, and is made again elsewhere if its retry
	// policy allows that.
	StopTimeout time.Duration
	// DeadlockTimeout is how long workflow code may run without blocking on package workflow; by default
	// 1 s. After it, or a quarter of it more, the workflow task fails, and is tried again. A negative time
	// switches the detector off.
	DeadlockTimeout time.Duration
	// DefaultHeartbeatThrottleInterval is how often the heartbeats of an activity without a heartbeat
	// time-out are sent; by default every 30 s. Those of others are sent after four fifths of it.
	DefaultHeartbeatThrottleInterval time.Duration
	// MaxHeartbeatThrottleInterval is the longest time between two heartbeats that are sent; by default 60 s.
	MaxHeartbeatThrottleInterval time.Duration
	// BuildID names the build of the program that this worker is of, such as its version, in at most 255 bytes. Histories have it
	// with each workflow task; the search attribute BuildIds finds the runs that a build has carried on, as "unversioned:" and its id, and a
	// description tells where in a run a build has begun, for resets. By default none is told.
	BuildID string
	// PayloadThreshold and PayloadLimit replace those of the client; 0 keeps them.
	PayloadThreshold, PayloadLimit int
	// Interceptors wrap the workflows and activities of this worker, behind those of its client: the first is the
	// outermost.
	Interceptors []interceptor.WorkerInterceptor
	// ContextPropagators carry values into the workflows and activities of this worker, and on from its workflows, beside those of its client.
	ContextPropagators []workflow.ContextPropagator
	// Logger replaces the client's; nil keeps that, which without a setting tells warnings and errors on the
	// standard error stream. A zerolog.Nop() drops everything.
	Logger *zerolog.Logger
}

// maxBuildID is how many bytes a build's id may have, as with Temporal.
const maxBuildID = 255

// Validate tells what is wrong with the options.
func (o Options) Validate() error {
	for name, value := range map[string]int64{
		"MaxConcurrentWorkflowTasks":       int64(o.MaxConcurrentWorkflowTasks),
		"MaxConcurrentActivities":          int64(o.MaxConcurrentActivities),
		"MaxConcurrentLocalActivities":     int64(o.MaxConcurrentLocalActivities),
		"DefaultHeartbeatThrottleInterval": int64(o.DefaultHeartbeatThrottleInterval),
		"MaxHeartbeatThrottleInterval":     int64(o.MaxHeartbeatThrottleInterval),
	} {
		if value < 0 {
			return fmt.Errorf("worker options: %s is negative: use a positive value, or 0 for the default", name)
		}
	}
	if len(o.BuildID) > maxBuildID {
		return fmt.Errorf("worker options: BuildID has %d bytes: use %d at most", len(o.BuildID), maxBuildID)
	}
	if !utf8.ValidString(o.BuildID) {
		return errors.New("worker options: BuildID is not valid UTF-8")
	}
	if err := (offload.Settings{Threshold: o.PayloadThreshold, Limit: o.PayloadLimit}).Validate(); err != nil {
		return fmt.Errorf("worker options: %w", err)
	}
	return nil
}

func (o Options) withDefaults() Options {
	o.MaxConcurrentWorkflowTasks = cmp.Or(o.MaxConcurrentWorkflowTasks, 200)
	o.MaxConcurrentActivities = cmp.Or(o.MaxConcurrentActivities, 200)
	o.MaxConcurrentLocalActivities = cmp.Or(o.MaxConcurrentLocalActivities, 1000)
	o.StickyCacheSize = cmp.Or(o.StickyCacheSize, 2000)
	o.StopTimeout = cmp.Or(o.StopTimeout, 10*time.Second)
	o.DefaultHeartbeatThrottleInterval = cmp.Or(o.DefaultHeartbeatThrottleInterval, 30*time.Second)
	o.MaxHeartbeatThrottleInterval = cmp.Or(o.MaxHeartbeatThrottleInterval, 60*time.Second)
	return o
}

// errNothingRegistered is Start's when the worker has nothing to run.
var errNothingRegistered = errors.New("nothing is registered: call Register with workflows or activities before Start")
