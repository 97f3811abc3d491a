package activity

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/metrics"
)

// Info says which attempt at which activity this is. Times are the service's, but for the deadline; a
// zero time or duration is none.
type Info struct {
	Namespace    string
	WorkflowID   string
	RunID        string
	WorkflowType string
	// ActivityID is unique among the run's open activities, or, apart from these, among its local ones, where it is
	// another when attempts go on after a timer.
	ActivityID   string
	ActivityType string
	TaskQueue    string
	// Attempt is counted from 1.
	Attempt int32
	// ScheduledTime is when the workflow scheduled the activity, CurrentAttemptScheduledTime when this
	// attempt was queued, StartedTime when it was started.
	ScheduledTime               time.Time
	CurrentAttemptScheduledTime time.Time
	StartedTime                 time.Time
	// Deadline is when this attempt times out by its start-to-close or schedule-to-close time-out, by
	// the worker's clock.
	Deadline time.Time
	// ScheduleToCloseTimeout limits all attempts together, StartToCloseTimeout this one,
	// HeartbeatTimeout the time from one heartbeat to the next.
	ScheduleToCloseTimeout time.Duration
	StartToCloseTimeout    time.Duration
	HeartbeatTimeout       time.Duration
	// TaskToken completes the activity from elsewhere, after it has returned [ErrResultPending].
	TaskToken []byte
	// IsLocalActivity tells that the workflow's worker runs it within a workflow task: it has no task token, and its
	// heartbeats go nowhere.
	IsLocalActivity bool
}

// GetInfo tells about the running attempt; outside of an activity all of it is zero.
func GetInfo(ctx context.Context) Info {
	if out := outboundOf(ctx); out != nil {
		return out.GetInfo(ctx)
	}
	return Info{}
}

// IsActivity tells whether ctx is that of a running activity.
func IsActivity(ctx context.Context) bool { return attempt.From(ctx) != nil }

// GetLogger is the worker's logger, with the activity's names added.
func GetLogger(ctx context.Context) zerolog.Logger {
	if out := outboundOf(ctx); out != nil {
		return out.GetLogger(ctx)
	}
	return zerolog.Nop()
}

// GetWorkerStopChannel is closed when the worker begins to stop: the time to finish, the worker's
// StopTimeout, runs from then on. Outside of an activity it is nil.
func GetWorkerStopChannel(ctx context.Context) <-chan struct{} {
	if env := attempt.From(ctx); env != nil {
		return env.Stopping
	}
	return nil
}

// GetMetricsHandler makes metrics of the activity's own, with the tags namespace, task_queue and activity_type. Outside of an activity they go nowhere.
func GetMetricsHandler(ctx context.Context) metrics.Handler {
	env := attempt.From(ctx)
	if env == nil || env.Metrics == nil {
		return metrics.Nop
	}
	return env.Metrics.WithTags(map[string]string{metrics.ActivityTypeTag: env.Info.ActivityType})
}
