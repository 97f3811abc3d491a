package machine

import (
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
)

// checkClosing refuses for the while of a workflow task what would keep it from closing the run, if the one before could not close it
// for such: a run that is signaled all the time could never close. Who is refused asks again.
func (r *Run) checkClosing() error {
	if !r.closeAttempted || r.taskStarted == nil {
		return nil
	}
	return &serviceerror.ResourceExhausted{
		Cause: enumspb.RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW, Scope: enumspb.RESOURCE_EXHAUSTED_SCOPE_NAMESPACE,
		Message: "workflow operation can not be applied because workflow is closing",
	}
}

func checkFail(a *commandpb.FailWorkflowExecutionCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "FailWorkflowExecutionCommandAttributes is not set on command.")
	case a.Failure == nil:
		return badCommand(cause, "Failure is not set on FailWorkflowExecutionCommand.")
	}
	return nil
}

// completeWorkflow closes the run, and begins the next where it has a schedule.
func (t *transaction) completeWorkflow(command *commandpb.Command, completedID int64) {
	result, next := command.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), t.afterSuccess()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
			Result: result, WorkflowTaskCompletedEventId: completedID, NewExecutionRunId: t.nextRunID(next),
		}},
	})
	t.beginNext(next, result, nil)
}

// failWorkflow closes the run, and begins the next where its retry policy or its schedule says so. The result that a
// schedule's last good run left is handed on past a failure, but not to a retry: as with Temporal.
func (t *transaction) failWorkflow(command *commandpb.Command, completedID int64) {
	failure := command.GetFailWorkflowExecutionCommandAttributes().GetFailure()
	next := t.afterFailure(failure)
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
			Failure: failure, RetryState: next.retry, WorkflowTaskCompletedEventId: completedID, NewExecutionRunId: t.nextRunID(next),
		}},
	})
	result := t.run.start.LastCompletionResult
	if next.initiator == enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY {
		result = nil
	}
	t.beginNext(next, result, failure)
}

func (t *transaction) cancelWorkflow(command *commandpb.Command, completedID int64) {
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{
			Details: command.GetCancelWorkflowExecutionCommandAttributes().GetDetails(), WorkflowTaskCompletedEventId: completedID,
		}},
	})
}

// runTimedOut closes a run that outlasted its own time-out, which its retry policy or its schedule
// may follow up, or that of its whole chain, which ends it.
func (t *transaction) runTimedOut() {
	failure := timeoutFailure("workflow timeout", enumspb.TIMEOUT_TYPE_START_TO_CLOSE)
	next := nextRun{retry: enumspb.RETRY_STATE_TIMEOUT}
	if end := t.run.executionExpires(); end == 0 || end > t.now {
		next = t.afterFailure(failure)
	}
	t.breakTask()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes{WorkflowExecutionTimedOutEventAttributes: &historypb.WorkflowExecutionTimedOutEventAttributes{
			RetryState: next.retry, NewExecutionRunId: t.nextRunID(next),
		}},
	})
	t.beginNext(next, t.run.start.LastCompletionResult, failure)
}
