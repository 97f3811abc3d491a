package failure

// ServerError is a failure that the server itself recorded.
type ServerError struct {
	origin
	message      string
	nonRetryable bool
	cause        error
}

// NewServerError makes an error of the server.
func NewServerError(message string, nonRetryable bool, cause error) *ServerError {
	return &ServerError{message: message, nonRetryable: nonRetryable, cause: cause}
}

// Error implements error.
func (e *ServerError) Error() string { return withCause(e.message, e.cause) }

// Message is the message alone.
func (e *ServerError) Message() string { return e.message }

// NonRetryable tells whether the server forbids further attempts.
func (e *ServerError) NonRetryable() bool { return e.nonRetryable }

// Unwrap is the cause.
func (e *ServerError) Unwrap() error { return e.cause }
