package failure

import (
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// ApplicationError is an error of application code. Its type is a name that callers and retry
// policies go by, in any language.
type ApplicationError struct {
	origin
	details
	message        string
	errType        string
	nonRetryable   bool
	nextRetryDelay time.Duration
	category       enumspb.ApplicationErrorCategory
	cause          error
}

// ApplicationErrorOptions says more about an [ApplicationError].
type ApplicationErrorOptions struct {
	// NonRetryable makes it the last attempt, whatever the retry policy says.
	NonRetryable bool
	// NextRetryDelay replaces the retry policy's interval before the next attempt.
	NextRetryDelay time.Duration
	// Category says how grave it is: a benign error is one that is expected, for whoever counts and shows failures. It
	// changes nothing else.
	Category enumspb.ApplicationErrorCategory
	// Cause is the error behind this one.
	Cause error
	// Details are values for the caller.
	Details []any
}

// NewApplicationError makes an error that the retry policy may retry.
func NewApplicationError(message, errType string, details ...any) *ApplicationError {
	return NewApplicationErrorWithOptions(message, errType, ApplicationErrorOptions{Details: details})
}

// NewNonRetryableApplicationError makes an error that is never retried. The cause may be nil.
func NewNonRetryableApplicationError(message, errType string, cause error, details ...any) *ApplicationError {
	return NewApplicationErrorWithOptions(message, errType, ApplicationErrorOptions{NonRetryable: true, Cause: cause, Details: details})
}

// NewApplicationErrorWithOptions makes an error with everything that can be said about it.
func NewApplicationErrorWithOptions(message, errType string, o ApplicationErrorOptions) *ApplicationError {
	return &ApplicationError{
		details: details{values: o.Details}, message: message, errType: errType,
		nonRetryable: o.NonRetryable, nextRetryDelay: o.NextRetryDelay, category: o.Category, cause: o.Cause,
	}
}

// Error is the message, the type, and the cause, unless the message ends with that: a Go error that wraps
// another says it already, and still does after it has travelled.
func (e *ApplicationError) Error() string {
	text := e.message
	if e.errType != "" {
		text = fmt.Sprintf("%s (type: %s, retryable: %t)", text, e.errType, !e.nonRetryable)
	}
	if e.cause != nil && (endsWith(e.message, e.cause.Error()) || endsWith(e.message, messageOf(e.cause))) {
		return text
	}
	return withCause(text, e.cause)
}

// endsWith tells whether a message ends as fmt.Errorf("...: %w", err) lets it.
func endsWith(message, cause string) bool {
	return message == cause || strings.HasSuffix(message, ": "+cause)
}

// messageOf is an error's text as it was before it travelled, if that was an ordinary Go error.
func messageOf(err error) string {
	if e, ok := err.(*ApplicationError); ok {
		return e.message
	}
	return err.Error()
}

// Message is the message alone.
func (e *ApplicationError) Message() string { return e.message }

// Type is the error's type.
func (e *ApplicationError) Type() string { return e.errType }

// NonRetryable tells whether the error forbids further attempts.
func (e *ApplicationError) NonRetryable() bool { return e.nonRetryable }

// NextRetryDelay is the delay that the error asks for before the next attempt; zero leaves it to the
// retry policy.
func (e *ApplicationError) NextRetryDelay() time.Duration { return e.nextRetryDelay }

// Category says how grave the error is.
func (e *ApplicationError) Category() enumspb.ApplicationErrorCategory { return e.category }

// Unwrap is the cause.
func (e *ApplicationError) Unwrap() error { return e.cause }
