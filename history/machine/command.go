package machine

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// checkCompletion finds what would keep a completion from being carried out,
// before anything is written.
func (t *transaction) checkCompletion(q *workflowservice.RespondWorkflowTaskCompletedRequest) *commandProblem {
	switch {
	case q.IntermediatePage || q.PageNumber > 0:
		return notImplemented("a completion in several pages")
	case q.VersioningBehavior != enumspb.VERSIONING_BEHAVIOR_UNSPECIFIED:
		return notImplemented("worker versioning")
	}
	return t.checkCommands(q)
}

// checkCommands does not look at a command behind one that closes the run: it
// is not carried out either.
func (t *transaction) checkCommands(q *workflowservice.RespondWorkflowTaskCompletedRequest) *commandProblem {
	check := commandCheck{
		run: t.run, buffered: len(t.run.buffered), next: t.run.taskStarted.started + 2, namespace: t.in.Namespace,
		types: t.in.SearchAttributes, maxReply: t.in.MaxReply, memo: t.run.memo, upserted: t.run.searchAttributes,
		limits: t.in.limits(), warn: t.warn, pending: t.run.pendingCounts(),
		messages: newMessageCheck(t.run, q.Messages),
	}
	for _, command := range q.Commands {
		if problem := check.command(command); problem != nil {
			return problem
		}
		check.next++
		closing := closes(command.CommandType)
		if closing && check.buffered > 0 {
			return &commandProblem{cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, message: "UnhandledCommand"}
		}
		if problem := check.withinLimits(command); problem != nil || closing {
			return problem
		}
	}
	return check.messages.rest(q.Messages)
}

func closes(t enumspb.CommandType) bool {
	switch t {
	case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
		enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION, enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
		return true
	}
	return false
}

// commandCheck knows what the commands so far would have made of the run, as
// far as later ones depend on it.
type commandCheck struct {
	run      *Run
	buffered int
	// activities that are scheduled and timers that are started (true) or canceled (false) by these commands.
	activities map[string]bool
	timers     map[string]bool
	// children are the ids of the children that these commands start.
	children map[string]bool
	messages *messageCheck
	// scheduled are the activities that these commands schedule, by the id of their event.
	scheduled map[int64]*commandpb.ScheduleActivityTaskCommandAttributes
	// canceled are the scheduled events of activities whose cancellation these commands request.
	canceled map[int64]bool
	// next is the id of the event that the next command writes.
	next int64

	namespace string
	types     api.SearchAttributeTypes
	maxReply  int
	// memo and upserted are the run's memo and search attributes with what these commands set.
	memo     *commonpb.Memo
	upserted *commonpb.SearchAttributes

	limits *api.Limits
	warn   func(Warning)
	// pending is how many there are with those of these commands.
	pending pendingCounts
}

func (c *commandCheck) command(command *commandpb.Command) *commandProblem {
	switch command.CommandType {
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		return c.scheduleActivity(command.GetScheduleActivityTaskCommandAttributes())
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
		return c.cancelActivity(command.GetRequestCancelActivityTaskCommandAttributes())
	case enumspb.COMMAND_TYPE_START_TIMER:
		return c.startTimer(command.GetStartTimerCommandAttributes())
	case enumspb.COMMAND_TYPE_CANCEL_TIMER:
		return c.cancelTimer(command.GetCancelTimerCommandAttributes())
	case enumspb.COMMAND_TYPE_RECORD_MARKER:
		return checkMarker(command.GetRecordMarkerCommandAttributes())
	case enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return c.upsertSearchAttributes(command.GetUpsertWorkflowSearchAttributesCommandAttributes())
	case enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
		return c.modifyProperties(command.GetModifyWorkflowPropertiesCommandAttributes())
	case enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE:
		events, problem := c.messages.protocolMessage(command.GetProtocolMessageCommandAttributes())
		c.next += events - 1
		return problem
	case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
		return c.startChild(command.GetStartChildWorkflowExecutionCommandAttributes())
	case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
		return c.signalExternal(command.GetSignalExternalWorkflowExecutionCommandAttributes())
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
		return c.cancelExternal(command.GetRequestCancelExternalWorkflowExecutionCommandAttributes())
	case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
		return present(command.GetCompleteWorkflowExecutionCommandAttributes() != nil, enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES, "CompleteWorkflowExecutionCommandAttributes")
	case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
		return checkFail(command.GetFailWorkflowExecutionCommandAttributes())
	case enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:
		return present(command.GetCancelWorkflowExecutionCommandAttributes() != nil, enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES, "CancelWorkflowExecutionCommandAttributes")
	case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
		return c.continueAsNew(command.GetContinueAsNewWorkflowExecutionCommandAttributes())
	}
	if _, named := enumspb.CommandType_name[int32(command.CommandType)]; named && command.CommandType != enumspb.COMMAND_TYPE_UNSPECIFIED {
		return notImplemented(command.CommandType.String())
	}
	return notImplemented(fmt.Sprintf("command type %d", command.CommandType)) // of a worker that is newer
}

// notImplemented fails the task rather than to refuse its completion: a task that times out again and again
// tells nobody why.
func notImplemented(what string) *commandProblem {
	return badCommand(enumspb.WORKFLOW_TASK_FAILED_CAUSE_FEATURE_DISABLED, "%s", api.NotImplemented(what))
}

// badCommand is a problem in Temporal's wording: the cause's name, then what is wrong.
func badCommand(cause enumspb.WorkflowTaskFailedCause, format string, args ...any) *commandProblem {
	return &commandProblem{cause: cause, message: cause.String() + ": " + fmt.Sprintf(format, args...)}
}

func present(is bool, cause enumspb.WorkflowTaskFailedCause, attributes string) *commandProblem {
	if is {
		return nil
	}
	return badCommand(cause, "%s is not set on command.", attributes)
}

// runCommands carries out commands that were checked. It returns the
// activities that the completing worker runs itself.
func (t *transaction) runCommands(q *workflowservice.RespondWorkflowTaskCompletedRequest, completedID int64) []*workflowservice.PollActivityTaskQueueResponse {
	var eager []*workflowservice.PollActivityTaskQueueResponse
	messages := messagesOf(q)
	for _, command := range q.Commands {
		switch command.CommandType {
		case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
			if task := t.scheduleActivity(command, completedID, q.Identity); task != nil {
				eager = append(eager, task)
			}
		case enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
			t.cancelActivity(command, completedID, q.Identity)
		case enumspb.COMMAND_TYPE_START_TIMER:
			t.startTimer(command, completedID)
		case enumspb.COMMAND_TYPE_CANCEL_TIMER:
			t.cancelTimer(command, completedID, q.Identity)
		case enumspb.COMMAND_TYPE_RECORD_MARKER:
			t.recordMarker(command, completedID)
		case enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			t.upsertSearchAttributes(command, completedID)
		case enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
			t.modifyProperties(command, completedID)
		case enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE:
			id := command.GetProtocolMessageCommandAttributes().GetMessageId()
			t.runMessage(messages[id])
			delete(messages, id)
		case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
			t.startChildWorkflow(command, completedID)
		case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
			t.signalExternalWorkflow(command, completedID)
		case enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
			t.cancelExternalWorkflow(command, completedID)
		case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
			t.completeWorkflow(command, completedID)
		case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
			t.failWorkflow(command, completedID)
		case enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:
			t.cancelWorkflow(command, completedID)
		case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
			t.continueAsNew(command, completedID)
		}
		if closes(command.CommandType) {
			return nil
		}
	}
	for _, m := range q.Messages { // those that no command has named
		if messages[m.GetId()] == m {
			t.runMessage(m)
		}
	}
	return eager
}

// commandProblem is why a completion cannot be carried out: the workflow task
// fails with the cause.
type commandProblem struct {
	cause   enumspb.WorkflowTaskFailedCause
	message string
	// terminates says that the run is terminated, too.
	terminates bool
}

func (p *commandProblem) failure() *failurepb.Failure {
	return &failurepb.Failure{
		Message:     p.message,
		FailureInfo: &failurepb.Failure_ServerFailureInfo{ServerFailureInfo: &failurepb.ServerFailureInfo{}},
	}
}
