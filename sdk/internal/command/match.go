package command

import (
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// eventOf is the type of event that the server writes for a command.
var eventOf = map[enumspb.CommandType]enumspb.EventType{
	enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:                     enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
	enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:               enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED,
	enumspb.COMMAND_TYPE_START_TIMER:                                enumspb.EVENT_TYPE_TIMER_STARTED,
	enumspb.COMMAND_TYPE_CANCEL_TIMER:                               enumspb.EVENT_TYPE_TIMER_CANCELED,
	enumspb.COMMAND_TYPE_RECORD_MARKER:                              enumspb.EVENT_TYPE_MARKER_RECORDED,
	enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:          enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
	enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:                 enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED,
	enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:             enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
	enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:         enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
	enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION: enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
	enumspb.COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION:                   enumspb.EVENT_TYPE_NEXUS_OPERATION_SCHEDULED,
	enumspb.COMMAND_TYPE_REQUEST_CANCEL_NEXUS_OPERATION:             enumspb.EVENT_TYPE_NEXUS_OPERATION_CANCEL_REQUESTED,
	enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:                enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
	enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:                    enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
	enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:                  enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
	enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:         enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
}

var commandEvents = func() map[enumspb.EventType]bool {
	out := map[enumspb.EventType]bool{}
	for _, e := range eventOf {
		out[e] = true
	}
	out[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED] = true // of COMMAND_TYPE_PROTOCOL_MESSAGE, by what the message is
	out[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED] = true
	return out
}()

// IsCommandEvent tells whether events of a type are written for commands, and for nothing else.
func IsCommandEvent(t enumspb.EventType) bool { return commandEvents[t] }

// matches tells whether an event was written for a command. It compares what identifies the two, not
// every attribute: a time-out or an input may change between versions of the code.
func matches(c *commandpb.Command, e *historypb.HistoryEvent) bool {
	if eventOf[c.GetCommandType()] != e.GetEventType() {
		return false
	}
	switch c.GetCommandType() {
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		want, got := c.GetScheduleActivityTaskCommandAttributes(), e.GetActivityTaskScheduledEventAttributes()
		return want.GetActivityId() == got.GetActivityId() && want.GetActivityType().GetName() == got.GetActivityType().GetName()
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
		return c.GetRequestCancelActivityTaskCommandAttributes().GetScheduledEventId() == e.GetActivityTaskCancelRequestedEventAttributes().GetScheduledEventId()
	case enumspb.COMMAND_TYPE_START_TIMER:
		return c.GetStartTimerCommandAttributes().GetTimerId() == e.GetTimerStartedEventAttributes().GetTimerId()
	case enumspb.COMMAND_TYPE_CANCEL_TIMER:
		return c.GetCancelTimerCommandAttributes().GetTimerId() == e.GetTimerCanceledEventAttributes().GetTimerId()
	case enumspb.COMMAND_TYPE_RECORD_MARKER:
		return c.GetRecordMarkerCommandAttributes().GetMarkerName() == e.GetMarkerRecordedEventAttributes().GetMarkerName()
	case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
		want, got := c.GetStartChildWorkflowExecutionCommandAttributes(), e.GetStartChildWorkflowExecutionInitiatedEventAttributes()
		return want.GetWorkflowId() == got.GetWorkflowId() && want.GetWorkflowType().GetName() == got.GetWorkflowType().GetName()
	case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
		want, got := c.GetSignalExternalWorkflowExecutionCommandAttributes(), e.GetSignalExternalWorkflowExecutionInitiatedEventAttributes()
		return want.GetSignalName() == got.GetSignalName() && want.GetExecution().GetWorkflowId() == got.GetWorkflowExecution().GetWorkflowId()
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
		want, got := c.GetRequestCancelExternalWorkflowExecutionCommandAttributes(), e.GetRequestCancelExternalWorkflowExecutionInitiatedEventAttributes()
		return want.GetChildWorkflowOnly() == got.GetChildWorkflowOnly() && want.GetWorkflowId() == got.GetWorkflowExecution().GetWorkflowId()
	case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
		return c.GetContinueAsNewWorkflowExecutionCommandAttributes().GetWorkflowType().GetName() == e.GetWorkflowExecutionContinuedAsNewEventAttributes().GetWorkflowType().GetName()
	}
	return true
}
