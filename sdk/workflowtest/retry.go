package workflowtest

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// retry decides as the server does: RETRY_STATE_IN_PROGRESS and the wait, or why there is no retry.
func (at *attempts) retry(f *failurepb.Failure) (time.Duration, enumspb.RetryState) {
	if at.cancel != 0 {
		return 0, enumspb.RETRY_STATE_CANCEL_REQUESTED
	}
	wait, state := attempt.Next(at.event.GetRetryPolicy(), at.number, f)
	if state == enumspb.RETRY_STATE_IN_PROGRESS && !at.deadline.IsZero() && at.env.journal.now.Add(wait).After(at.deadline) {
		return 0, enumspb.RETRY_STATE_TIMEOUT
	}
	return wait, state
}

// badPolicy is what the server refuses of a retry policy; empty for nothing.
func badPolicy(p *commonpb.RetryPolicy) string {
	longest := p.GetMaximumInterval().AsDuration()
	switch {
	case p.GetMaximumAttempts() < 0, p.GetInitialInterval().AsDuration() < 0, longest < 0:
		return "a number in its retry policy is negative"
	case p.GetMaximumAttempts() == 1: // there is no retry
	case p.GetBackoffCoefficient() != 0 && p.GetBackoffCoefficient() < 1:
		return "the BackoffCoefficient of its retry policy is less than 1"
	case longest > 0 && longest < p.GetInitialInterval().AsDuration():
		return "the MaximumInterval of its retry policy is less than the InitialInterval"
	}
	return ""
}
