package failure

import (
	"errors"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// CanceledError says that something ended because it was cancelled. A workflow that returns one (or
// an error that wraps one) is closed as canceled.
type CanceledError struct {
	origin
	details
	message string
}

// NewCanceledError makes a cancellation with details for whoever asked for it.
func NewCanceledError(values ...any) *CanceledError {
	return &CanceledError{details: details{values: values}}
}

// CanceledWith makes the error of a cancellation that the history has, with its details as they are.
func CanceledWith(dc converter.DataConverter, encoded *commonpb.Payloads) *CanceledError {
	return &CanceledError{details: details{payloads: encoded, dc: dc}}
}

// Error implements error.
func (e *CanceledError) Error() string {
	if e.message == "" {
		return "canceled"
	}
	return e.message
}

// IsCanceled tells whether err is, or wraps, a [CanceledError].
func IsCanceled(err error) bool {
	var canceled *CanceledError
	return errors.As(err, &canceled)
}

// terminated is the message of a termination that has no reason.
const terminated = "terminated"

// TerminatedError says that a workflow was terminated from outside.
type TerminatedError struct {
	origin
	message string
}

// NewTerminatedError makes a termination; the reason may be empty.
func NewTerminatedError(reason string) *TerminatedError { return &TerminatedError{message: reason} }

// Error implements error.
func (e *TerminatedError) Error() string {
	if e.message == "" || e.message == terminated {
		return terminated
	}
	return terminated + ": " + e.message
}
