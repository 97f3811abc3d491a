package failure

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
)

// WorkflowExecutionError is what a client sees of a workflow that did not succeed.
type WorkflowExecutionError struct {
	workflowID, runID, workflowType string
	cause                           error
}

// NewWorkflowExecutionError makes an error about a run.
func NewWorkflowExecutionError(workflowID, runID, workflowType string, cause error) *WorkflowExecutionError {
	return &WorkflowExecutionError{workflowID: workflowID, runID: runID, workflowType: workflowType, cause: cause}
}

// Error implements error.
func (e *WorkflowExecutionError) Error() string {
	return withCause(fmt.Sprintf("workflow execution error (type: %s, workflowID: %s, runID: %s)",
		e.workflowType, e.workflowID, e.runID), e.cause)
}

// WorkflowID is the workflow's id.
func (e *WorkflowExecutionError) WorkflowID() string { return e.workflowID }

// RunID is the run's id.
func (e *WorkflowExecutionError) RunID() string { return e.runID }

// WorkflowType is the name of the workflow's type.
func (e *WorkflowExecutionError) WorkflowType() string { return e.workflowType }

// Unwrap is the cause.
func (e *WorkflowExecutionError) Unwrap() error { return e.cause }

// ChildWorkflowExecutionError is what a workflow sees of a child that did not succeed.
type ChildWorkflowExecutionError struct {
	origin
	info  ChildWorkflowInfo
	cause error
}

// ChildWorkflowInfo names the child that a [ChildWorkflowExecutionError] is about.
type ChildWorkflowInfo struct {
	Namespace        string
	WorkflowID       string
	RunID            string
	WorkflowType     string
	InitiatedEventID int64
	StartedEventID   int64
	RetryState       enumspb.RetryState
}

// NewChildWorkflowExecutionError makes an error about a child.
func NewChildWorkflowExecutionError(info ChildWorkflowInfo, cause error) *ChildWorkflowExecutionError {
	return &ChildWorkflowExecutionError{info: info, cause: cause}
}

// Error implements error.
func (e *ChildWorkflowExecutionError) Error() string {
	return withCause(fmt.Sprintf("child workflow execution error (type: %s, workflowID: %s, runID: %s, initiatedEventID: %d, startedEventID: %d)",
		e.info.WorkflowType, e.info.WorkflowID, e.info.RunID, e.info.InitiatedEventID, e.info.StartedEventID), e.cause)
}

// Info names the child.
func (e *ChildWorkflowExecutionError) Info() ChildWorkflowInfo { return e.info }

// Unwrap is the cause.
func (e *ChildWorkflowExecutionError) Unwrap() error { return e.cause }
