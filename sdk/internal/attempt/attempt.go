package attempt

import (
	"context"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/metrics"
)

// Env is one attempt and what serves it.
type Env struct {
	Info          Info
	DataConverter converter.DataConverter
	Logger        zerolog.Logger
	// HeartbeatDetails are those of the last heartbeat of an earlier attempt, or nil.
	HeartbeatDetails *commonpb.Payloads
	// Heartbeat takes the details of a heartbeat; it does not wait for the service.
	Heartbeat func(details *commonpb.Payloads)
	// Metrics is told what the code tells of itself; nil: nobody is.
	Metrics metrics.Handler
	// Header came with the activity.
	Header map[string]*commonpb.Payload
	// Interceptors and Outbound are package activity's, which this one cannot name: a []activity.Interceptor, or
	// nil; and an activity.OutboundInterceptor, once they are initialized.
	Interceptors, Outbound any
	// Stopping is closed when the worker begins to stop.
	Stopping <-chan struct{}
}

// NamedLogger is a logger whose lines tell the attempt.
func NamedLogger(logger zerolog.Logger, info Info) zerolog.Logger {
	return logger.With().Str("activity_type", info.ActivityType).Str("activity_id", info.ActivityID).
		Str("workflow_id", info.WorkflowID).Str("run_id", info.RunID).Int32("attempt", info.Attempt).Logger()
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
