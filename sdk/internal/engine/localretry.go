package engine

import (
	"time"

	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// noBackoff is what a marker says of a failure that is the last.
const noBackoff = -1

// defaultTaskTimeout is a workflow task's, where its history does not tell it.
const defaultTaskTimeout = 10 * time.Second

// Next tells what follows a failed attempt, when so much is left of the schedule-to-close time-out: another attempt
// after a wait, which the worker makes, or the outcome, with the back-off of [LocalOutcome], for a wait that is longer than a
// workflow task may be, or if there is no other attempt.
func (a *LocalActivity) Next(number int32, f *failurepb.Failure, left time.Duration) (wait time.Duration, again bool) {
	if f.GetCanceledFailureInfo() != nil {
		return 0, false
	}
	wait, _ = attempt.Next(a.RetryPolicy, number, f)
	limited := a.ScheduleToClose > 0
	if wait <= 0 || limited && wait > left {
		return noBackoff, false
	}
	return wait, wait <= a.taskTimeout
}
