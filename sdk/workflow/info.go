package workflow

import (
	"time"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/metrics"
)

// Info is what a run knows of itself. Its pointers are shared: do not write to what they point to. A zero
// time or duration is none.
type Info struct {
	Namespace  string
	WorkflowID string
	RunID      string
	// FirstRunID is the first of the runs that continue one another, by continue-as-new, retry or cron.
	FirstRunID string
	// OriginalRunID is the run before any reset.
	OriginalRunID string
	// ContinuedRunID is the run that this one continues; empty if it is the first.
	ContinuedRunID string
	WorkflowType   string
	TaskQueue      string
	// Attempt is counted from 1.
	Attempt      int32
	CronSchedule string
	// ExecutionTimeout limits all runs together, RunTimeout this one, TaskTimeout one workflow task.
	ExecutionTimeout time.Duration
	RunTimeout       time.Duration
	TaskTimeout      time.Duration
	// ExecutionDeadline and RunDeadline are when those time-outs are over.
	ExecutionDeadline time.Time
	RunDeadline       time.Time
	// StartTime is this run's.
	StartTime        time.Time
	RetryPolicy      *commonpb.RetryPolicy
	Memo             *commonpb.Memo
	SearchAttributes *commonpb.SearchAttributes
	// Parent is nil for a workflow that no other started.
	Parent *commonpb.WorkflowExecution
	// Root is the workflow at the top of the family, whose child's child, or so, this one is; nil without a parent.
	Root *commonpb.WorkflowExecution
	// LastCompletion is the result of the schedule's last run that completed; LastFailure is the failure of the run before,
	// if it failed, under a schedule or a retry policy.
	LastCompletion *commonpb.Payloads
	LastFailure    *failurepb.Failure
	// HistoryLength is the number of events up to the present workflow task, HistorySize their size in
	// bytes, as the server counts.
	HistoryLength int64
	HistorySize   int64
	// ContinueAsNewAdvice is set when the server finds the history long enough to continue as new: from 4,096 events
	// or 4 MiB on, unless the namespace is set otherwise. ContinueAsNewReasons say what has grown.
	ContinueAsNewAdvice  bool
	ContinueAsNewReasons []enumspb.SuggestContinueAsNewReason
	// Identity is the worker's.
	Identity string
}

// GetInfo tells what the run knows of itself, up to the present workflow task.
func GetInfo(ctx Context) Info { return Info(ctx.run().env.Info()) }

// IsReplaying tells whether the code now repeats what is already in the history. Never let the
// workflow's course depend on it.
func IsReplaying(ctx Context) bool { return ctx.run().env.Replaying() }

// GetLogger is the worker's logger with the run's names. It writes nothing while the workflow is
// replayed, so every line appears once.
func GetLogger(ctx Context) zerolog.Logger {
	return ctx.run().outbound.GetLogger(ctx)
}

// GetMetricsHandler makes metrics of the workflow's own, with the tags namespace, task_queue and workflow_type. They keep still while the workflow is
// replayed, so every event counts once.
func GetMetricsHandler(ctx Context) metrics.Handler { return ctx.run().env.Metrics() }
