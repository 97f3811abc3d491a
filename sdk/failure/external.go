package failure

// The types' names travel as the types of the failures that they become: they are Temporal's.

// ChildWorkflowExecutionAlreadyStartedError is why a child was not started whose id is another workflow's, or
// whose id's policy forbids to use it again. It is the cause of a [ChildWorkflowExecutionError].
type ChildWorkflowExecutionAlreadyStartedError struct{}

// NewChildWorkflowAlreadyStartedError makes the error.
func NewChildWorkflowAlreadyStartedError() *ChildWorkflowExecutionAlreadyStartedError {
	return &ChildWorkflowExecutionAlreadyStartedError{}
}

// Error implements error.
func (*ChildWorkflowExecutionAlreadyStartedError) Error() string {
	return "child workflow execution already started"
}

// UnknownExternalWorkflowExecutionError says that a workflow that was signalled or cancelled by another one does
// not exist, or, for a signal, is closed.
type UnknownExternalWorkflowExecutionError struct{}

// NewUnknownExternalWorkflowError makes the error.
func NewUnknownExternalWorkflowError() *UnknownExternalWorkflowExecutionError {
	return &UnknownExternalWorkflowExecutionError{}
}

// Error implements error.
func (*UnknownExternalWorkflowExecutionError) Error() string {
	return "unknown external workflow execution"
}

// NamespaceNotFoundError says that a workflow of a namespace was called that does not exist.
type NamespaceNotFoundError struct{}

// NewNamespaceNotFoundError makes the error.
func NewNamespaceNotFoundError() *NamespaceNotFoundError { return &NamespaceNotFoundError{} }

// Error implements error.
func (*NamespaceNotFoundError) Error() string { return "namespace not found" }
