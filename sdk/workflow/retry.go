package workflow

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// RetryPolicy says when a failed activity or workflow is tried again. Zero values take the defaults. An
// error can forbid further attempts or set the next wait itself: see failure.ApplicationError.
type RetryPolicy struct {
	// InitialInterval is the wait before the second attempt; by default 1 s.
	InitialInterval time.Duration
	// BackoffCoefficient is by how much each wait is longer than the one before: at least 1, by default 2.
	BackoffCoefficient float64
	// MaximumInterval limits the wait; by default 100 times the InitialInterval.
	MaximumInterval time.Duration
	// MaximumAttempts limits the number of attempts; 1 means no retries, 0 that only time-outs limit them.
	MaximumAttempts int32
	// NonRetryableErrorTypes are types of application errors, as failure.ApplicationError has them, that are
	// not retried.
	NonRetryableErrorTypes []string
}

// Proto is the policy as it is sent to the server; nil for nil.
func (p *RetryPolicy) Proto() *commonpb.RetryPolicy {
	if p == nil {
		return nil
	}
	out := &commonpb.RetryPolicy{
		BackoffCoefficient: p.BackoffCoefficient, MaximumAttempts: p.MaximumAttempts, NonRetryableErrorTypes: p.NonRetryableErrorTypes,
	}
	if p.InitialInterval > 0 {
		out.InitialInterval = durationpb.New(p.InitialInterval)
	}
	if p.MaximumInterval > 0 {
		out.MaximumInterval = durationpb.New(p.MaximumInterval)
	}
	return out
}
