package engine

import (
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/failure"
)

var (
	// ErrHistoryGap is returned by Handle when the events do not continue what the execution has
	// seen. Close the execution, and make a new one from the history's first event on.
	ErrHistoryGap = errors.New("the events do not continue this execution")
	// ErrClosed is returned when a closed execution is used.
	ErrClosed = errors.New("the execution is closed")
)

// TaskFailure is why a workflow task cannot be completed; the worker reports it with
// RespondWorkflowTaskFailed and closes the execution.
type TaskFailure struct {
	Cause   enumspb.WorkflowTaskFailedCause
	Failure *failurepb.Failure
}

// Error implements error.
func (f *TaskFailure) Error() string {
	return fmt.Sprintf("workflow task failed (%s): %s", f.Cause, f.Failure.GetMessage())
}

func newTaskFailure(cause enumspb.WorkflowTaskFailedCause, message, stack string) *TaskFailure {
	return &TaskFailure{Cause: cause, Failure: &failurepb.Failure{
		Message: message, Source: failure.Source, StackTrace: stack,
		FailureInfo: &failurepb.Failure_ApplicationFailureInfo{
			ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: "PanicError", NonRetryable: true},
		},
	}}
}

// nonDeterminism is a disagreement of the code with the history.
func nonDeterminism(format string, args ...any) *TaskFailure {
	return newTaskFailure(enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, fmt.Sprintf(format, args...), "")
}

// unhandled is a fault of the code: a panic, a deadlock, a forbidden call.
func unhandled(message, stack string) *TaskFailure {
	return newTaskFailure(enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE, message, stack)
}
