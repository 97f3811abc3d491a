package failure

import "fmt"

// panicType is the type of the application failure that a panic becomes.
const panicType = "PanicError"

// PanicError is a panic of workflow or activity code.
type PanicError struct {
	origin
	message string
	stack   string
}

// NewPanicError makes an error of a recovered value and the stack where it was raised.
func NewPanicError(value any, stack string) *PanicError {
	return &PanicError{message: fmt.Sprint(value), stack: stack}
}

// Error is the text of the value that was given to panic.
func (e *PanicError) Error() string { return e.message }

// StackTrace is the stack where the panic was raised.
func (e *PanicError) StackTrace() string { return e.stack }
