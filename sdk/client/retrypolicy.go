package client

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
)

// RetryPolicy says when and how often a failed workflow is started again. Zero fields take the
// service's defaults.
type RetryPolicy struct {
	// InitialInterval is the wait before the second attempt; by default 1 s.
	InitialInterval time.Duration
	// BackoffCoefficient multiplies the wait for each further attempt; by default 2.
	BackoffCoefficient float64
	// MaximumInterval is the longest wait; by default a hundred times the first.
	MaximumInterval time.Duration
	// MaximumAttempts is how many attempts there are in all; zero is no limit.
	MaximumAttempts int32
	// NonRetryableErrorTypes are types of application errors that are final.
	NonRetryableErrorTypes []string
}

func (p *RetryPolicy) proto() *commonpb.RetryPolicy {
	if p == nil {
		return nil
	}
	return &commonpb.RetryPolicy{
		InitialInterval:        duration(p.InitialInterval),
		BackoffCoefficient:     p.BackoffCoefficient,
		MaximumInterval:        duration(p.MaximumInterval),
		MaximumAttempts:        p.MaximumAttempts,
		NonRetryableErrorTypes: p.NonRetryableErrorTypes,
	}
}
