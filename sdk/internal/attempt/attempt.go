package attempt

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// Info says which attempt at which activity this is. Times are the service's; a zero time or
// duration is none.
type Info struct {
	Namespace    string
	WorkflowID   string
	RunID        string
	WorkflowType string
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
	// Deadline is when this attempt times out.
	Deadline               time.Time
	ScheduleToCloseTimeout time.Duration
	StartToCloseTimeout    time.Duration
	HeartbeatTimeout       time.Duration
	// TaskToken completes the activity from elsewhere, after it has returned activity.ErrResultPending.
	TaskToken []byte
}

// Env is one attempt and what serves it.
type Env struct {
	Info          Info
	DataConverter converter.DataConverter
	Logger        zerolog.Logger
	// HeartbeatDetails are those of the last heartbeat of an earlier attempt, or nil.
	HeartbeatDetails *commonpb.Payloads
	// Heartbeat takes the details of a heartbeat; it does not wait for the service.
	Heartbeat func(details *commonpb.Payloads)
	// Stopping is closed when the worker begins to stop.
	Stopping <-chan struct{}
}

type key struct{}

// NewContext is ctx with the attempt in it.
func NewContext(ctx context.Context, env *Env) context.Context {
	return context.WithValue(ctx, key{}, env)
}

// From is the attempt in ctx, or nil outside of an activity.
func From(ctx context.Context) *Env {
	env, _ := ctx.Value(key{}).(*Env)
	return env
}
