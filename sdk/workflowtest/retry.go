package workflowtest

import (
	"time"

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
