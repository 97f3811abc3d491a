package machine

import (
	"time"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/internal/cron"
)

func (c *commandCheck) continueAsNew(a *commandpb.ContinueAsNewWorkflowExecutionCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_CONTINUE_AS_NEW_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "ContinueAsNewWorkflowExecutionCommandAttributes is not set on command.")
	case tooLong(a.WorkflowType.GetName()), tooLong(a.TaskQueue.GetName()):
		return badCommand(cause, "WorkflowType or TaskQueue on ContinueAsNewWorkflowExecutionCommand exceeds length limit.")
	case anyNegative(a.WorkflowRunTimeout, a.WorkflowTaskTimeout, a.BackoffStartInterval):
		return badCommand(cause, "A time-out or back-off on ContinueAsNewWorkflowExecutionCommand is negative.")
	}
	if problem := checkRetryPolicy(a.RetryPolicy); problem != "" {
		return badCommand(cause, "%s", problem)
	}
	if err := cron.Check(a.CronSchedule, time.Unix(0, c.run.lastTime)); err != nil {
		return badCommand(cause, "invalid CronSchedule on ContinueAsNewWorkflowExecutionCommand: %s", err)
	}
	if problem := c.searchAttributes(a.SearchAttributes); problem != "" {
		return badCommand(enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES, "invalid SearchAttributes on ContinueAsNewWorkflowExecutionCommand: %s.", problem)
	}
	return nil
}

func (t *transaction) continueAsNew(command *commandpb.Command, completedID int64) {
	a := command.GetContinueAsNewWorkflowExecutionCommandAttributes()
	next := t.successor(continueInitiator(a.Initiator))
	overrideSuccessor(next, a)
	next.CompletionCallbacks = t.run.start.CompletionCallbacks
	if a.Initiator == enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY {
		next.Attempt = t.run.start.Attempt + 1
	}
	next.Memo = mergedMemo(t.run.memo, a.Memo)
	next.SearchAttributes = mergedSearchAttributes(t.run.searchAttributes, t.in.SearchAttributes.Typed(a.SearchAttributes))
	next.FirstWorkflowTaskBackoff = durationpb.New(t.apart(capped(a.BackoffStartInterval).AsDuration()))
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes{WorkflowExecutionContinuedAsNewEventAttributes: &historypb.WorkflowExecutionContinuedAsNewEventAttributes{
			NewExecutionRunId: t.in.RunID, WorkflowType: next.WorkflowType, TaskQueue: next.TaskQueue, Input: a.Input,
			WorkflowRunTimeout: next.WorkflowRunTimeout, WorkflowTaskTimeout: next.WorkflowTaskTimeout,
			WorkflowTaskCompletedEventId: completedID, BackoffStartInterval: capped(a.BackoffStartInterval), Initiator: a.Initiator,
			Failure: a.Failure, LastCompletionResult: a.LastCompletionResult, Header: a.Header,
			Memo: next.Memo, SearchAttributes: next.SearchAttributes, InheritBuildId: a.InheritBuildId,
		}},
	})
	t.beginSuccessor(next)
}

func continueInitiator(i enumspb.ContinueAsNewInitiator) enumspb.ContinueAsNewInitiator {
	if i == enumspb.CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED {
		return enumspb.CONTINUE_AS_NEW_INITIATOR_WORKFLOW
	}
	return i
}

// overrideSuccessor puts in place what the command sets.
func overrideSuccessor(next *historypb.WorkflowExecutionStartedEventAttributes, a *commandpb.ContinueAsNewWorkflowExecutionCommandAttributes) {
	if a.WorkflowType.GetName() != "" {
		next.WorkflowType = a.WorkflowType
	}
	if a.TaskQueue.GetName() != "" {
		next.TaskQueue = normalized(a.TaskQueue)
	}
	if a.WorkflowRunTimeout.AsDuration() > 0 {
		next.WorkflowRunTimeout = a.WorkflowRunTimeout
	}
	if a.WorkflowTaskTimeout.AsDuration() > 0 {
		next.WorkflowTaskTimeout = a.WorkflowTaskTimeout
	}
	next.RetryPolicy = nil // workers hand on their own, and their schedule
	if a.RetryPolicy != nil {
		next.RetryPolicy = fillRetryPolicy(a.RetryPolicy)
	}
	next.Input, next.Header, next.CronSchedule = a.Input, a.Header, a.CronSchedule
	next.LastCompletionResult, next.ContinuedFailure = a.LastCompletionResult, a.Failure
	capStartTimeouts(next)
}
