package render

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// Errors travel as the SDK sends them, and everything is said once.
func TestFailures(t *testing.T) {
	declined := failure.NewNonRetryableApplicationError("no funds", "Declined", nil)
	for want, err := range map[string]error{
		"":        nil,
		"a: b: c": fmt.Errorf("a: %w", fmt.Errorf("b: %w", errors.New("c"))),
		"reading x: deadlineExceededError: context deadline exceeded": fmt.Errorf("reading x: %w", context.DeadlineExceeded),
		"charging: Declined: no funds (not retryable)":                fmt.Errorf("charging: %w", declined),
		"outer: wrapped: Declined: no funds (not retryable)":          failure.NewApplicationErrorWithOptions("outer", "", failure.ApplicationErrorOptions{Cause: fmt.Errorf("wrapped: %w", declined)}),
		"c":                  fmt.Errorf("%w", errors.New("c")),
		"a (b) twice: c":     fmt.Errorf("a (b) twice: %w", errors.New("c")),
		"wait for card: r":   fmt.Errorf("wait for card: %w", errors.New("r")),
		"no funds on card 7": fmt.Errorf("%w on card 7", errors.New("no funds")),
		"card 7 (no funds (type: Broke, retryable: true)): Broke": fmt.Errorf("card 7 (%w)", failure.NewApplicationError("no funds", "Broke")),
		"a\\nb":          errors.Join(errors.New("a"), errors.New("b")),
		"Declined: a: b": failure.NewApplicationErrorWithOptions("a", "Declined", failure.ApplicationErrorOptions{Cause: errors.New("b")}),
		"stop: canceled": fmt.Errorf("stop: %w", failure.NewCanceledError()),
		"activity Charge failed (NonRetryableFailure): charging: Declined: no funds (not retryable)": failure.NewActivityError(
			failure.ActivityInfo{ActivityType: "Charge", RetryState: enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE}, fmt.Errorf("charging: %w", declined)),
		"ordering: activity Charge failed: Heartbeat timeout": fmt.Errorf("ordering: %w", failure.NewActivityError(
			failure.ActivityInfo{ActivityType: "Charge"}, failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_HEARTBEAT, nil))),
	} {
		t.Run(want, func(t *testing.T) {
			require.Equal(t, want, Failure(failure.FromError(converter.Default(), err)))
		})
	}
}

// What another language's SDK sends does not repeat itself, and is told whole.
func TestFailuresOfOthers(t *testing.T) {
	application := func(message string, cause *failurepb.Failure) *failurepb.Failure {
		return &failurepb.Failure{Message: message, Cause: cause, FailureInfo: &failurepb.Failure_ApplicationFailureInfo{
			ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: "Error"},
		}}
	}
	require.Equal(t, "Error: cannot pay: Error: no funds", Failure(application("cannot pay", application("no funds", nil))))
	require.Equal(t, "Error: a: cat", Failure(application("a: cat", &failurepb.Failure{Message: ""})))
	require.Equal(t, "Error: a: cat: Error: c", Failure(application("a: cat", application("c", nil))))
	require.Equal(t, "timeout ScheduleToClose (too late)", Failure(&failurepb.Failure{Message: "too late", FailureInfo: &failurepb.Failure_TimeoutFailureInfo{
		TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{TimeoutType: enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE},
	}}))
}
