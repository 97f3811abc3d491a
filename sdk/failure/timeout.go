package failure

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
)

// TimeoutError says that an activity or workflow exceeded one of its time-outs. Its details are
// those of the last heartbeat.
type TimeoutError struct {
	origin
	details
	message string
	kind    enumspb.TimeoutType
	cause   error
}

// NewTimeoutError makes a time-out, for tests that replace an activity. The cause may be nil, the
// details are those of the last heartbeat.
func NewTimeoutError(kind enumspb.TimeoutType, cause error, lastHeartbeat ...any) *TimeoutError {
	return &TimeoutError{
		details: details{values: lastHeartbeat}, message: fmt.Sprintf("%s timeout", kind), kind: kind, cause: cause,
	}
}

// NewTimeoutErrorWithMessage makes a time-out that the history tells of without a failure: a child workflow's.
func NewTimeoutErrorWithMessage(message string, kind enumspb.TimeoutType) *TimeoutError {
	return &TimeoutError{message: message, kind: kind}
}

// Error is the message, the kind of time-out, and the cause.
func (e *TimeoutError) Error() string {
	return withCause(fmt.Sprintf("%s (type: %s)", e.message, e.kind), e.cause)
}

// Message is the message alone.
func (e *TimeoutError) Message() string { return e.message }

// TimeoutType tells which time-out it was.
func (e *TimeoutError) TimeoutType() enumspb.TimeoutType { return e.kind }

// Unwrap is the cause: the failure of the last attempt, if there was one.
func (e *TimeoutError) Unwrap() error { return e.cause }
