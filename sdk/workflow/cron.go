package workflow

import (
	"errors"
	"fmt"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// ErrNoLastResult says that no run of the schedule has completed before this one.
var ErrNoLastResult = errors.New("no run of the schedule has completed yet")

// HasLastCompletionResult tells whether a run of the workflow's cron schedule has completed before this one.
func HasLastCompletionResult(ctx Context) bool { return GetInfo(ctx).LastCompletion != nil }

// GetLastCompletionResult is the result of the last run of the workflow's cron schedule that completed: where it left
// off. Runs that failed since are passed over. The error is ErrNoLastResult when there is none, or says that the result is
// no T.
func GetLastCompletionResult[T any](ctx Context) (T, error) {
	var value T
	last := GetInfo(ctx).LastCompletion
	if last == nil {
		return value, ErrNoLastResult
	}
	if err := converter.Decode(ctx.run().env.DataConverter(), last, &value); err != nil {
		return value, fmt.Errorf("result of the schedule's last run: %w", err)
	}
	return value, nil
}

// GetLastError is how the run before failed, whose cron schedule or retry policy this one follows; nil if it did not.
func GetLastError(ctx Context) error {
	last := GetInfo(ctx).LastFailure
	if last == nil {
		return nil
	}
	return failure.ToError(ctx.run().env.DataConverter(), last)
}
