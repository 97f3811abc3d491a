package machine

import (
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

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

func (t *transaction) completeWorkflow(command *commandpb.Command, completedID int64) {
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
			Result: command.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), WorkflowTaskCompletedEventId: completedID,
		}},
	})
}

// failWorkflow closes the run, and begins the next where its retry policy says so.
func (t *transaction) failWorkflow(command *commandpb.Command, completedID int64) {
	failure := command.GetFailWorkflowExecutionCommandAttributes().GetFailure()
	retry := t.decideRunRetry(failure)
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
			Failure: failure, RetryState: retry.state, WorkflowTaskCompletedEventId: completedID, NewExecutionRunId: t.nextRunID(retry),
		}},
	})
	if retry.again() {
		t.beginRetry(failure, retry.wait)
	}
}

func (t *transaction) nextRunID(retry retryDecision) string {
	if retry.again() {
		return t.in.RunID
	}
	return ""
}

func (t *transaction) cancelWorkflow(command *commandpb.Command, completedID int64) {
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{
			Details: command.GetCancelWorkflowExecutionCommandAttributes().GetDetails(), WorkflowTaskCompletedEventId: completedID,
		}},
	})
}

// runTimedOut closes a run that outlasted its own time-out, which its retry
// policy may follow up, or that of its whole chain, which ends it.
func (t *transaction) runTimedOut() {
	failure := timeoutFailure("workflow timeout", enumspb.TIMEOUT_TYPE_START_TO_CLOSE)
	retry := retryDecision{state: enumspb.RETRY_STATE_TIMEOUT}
	if end := t.run.executionExpires(); end == 0 || end > t.now {
		retry = t.decideRunRetry(failure)
	}
	t.breakTask()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes{WorkflowExecutionTimedOutEventAttributes: &historypb.WorkflowExecutionTimedOutEventAttributes{
			RetryState: retry.state, NewExecutionRunId: t.nextRunID(retry),
		}},
	})
	if retry.again() {
		t.beginRetry(failure, retry.wait)
	}
}
