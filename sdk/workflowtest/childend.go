package workflowtest

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// childClosed tells the workflow that a child has ended.
func (env *Environment) childClosed(run *Environment, end *historypb.HistoryEvent) {
	c := env.children[run.started.GetParentInitiatedEventId()]
	if env.closed != nil || c == nil {
		return
	}
	delete(env.children, c.initiated)
	event := &historypb.HistoryEvent{}
	env.journal.write(c.closedBy(event, run, end), event)
	env.journal.news = true
}

// closedBy makes event the parent's of its child's last.
func (c *child) closedBy(event *historypb.HistoryEvent, run *Environment, end *historypb.HistoryEvent) enumspb.EventType {
	id, workflowType, initiated, started := run.id(), c.event.GetWorkflowType(), c.initiated, c.started
	switch a := end.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{ChildWorkflowExecutionCompletedEventAttributes: &historypb.ChildWorkflowExecutionCompletedEventAttributes{
			Namespace: namespace, WorkflowExecution: id, WorkflowType: workflowType, InitiatedEventId: initiated, StartedEventId: started,
			Result: a.WorkflowExecutionCompletedEventAttributes.GetResult(),
		}}
		return enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes{ChildWorkflowExecutionFailedEventAttributes: &historypb.ChildWorkflowExecutionFailedEventAttributes{
			Namespace: namespace, WorkflowExecution: id, WorkflowType: workflowType, InitiatedEventId: initiated, StartedEventId: started,
			Failure: a.WorkflowExecutionFailedEventAttributes.GetFailure(), RetryState: a.WorkflowExecutionFailedEventAttributes.GetRetryState(),
		}}
		return enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED
	case *historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes:
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes{ChildWorkflowExecutionCanceledEventAttributes: &historypb.ChildWorkflowExecutionCanceledEventAttributes{
			Namespace: namespace, WorkflowExecution: id, WorkflowType: workflowType, InitiatedEventId: initiated, StartedEventId: started,
			Details: a.WorkflowExecutionCanceledEventAttributes.GetDetails(),
		}}
		return enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionTimedOutEventAttributes{ChildWorkflowExecutionTimedOutEventAttributes: &historypb.ChildWorkflowExecutionTimedOutEventAttributes{
			Namespace: namespace, WorkflowExecution: id, WorkflowType: workflowType, InitiatedEventId: initiated, StartedEventId: started,
			RetryState: a.WorkflowExecutionTimedOutEventAttributes.GetRetryState(),
		}}
		return enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT
	default:
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes{ChildWorkflowExecutionTerminatedEventAttributes: &historypb.ChildWorkflowExecutionTerminatedEventAttributes{
			Namespace: namespace, WorkflowExecution: id, WorkflowType: workflowType, InitiatedEventId: initiated, StartedEventId: started,
		}}
		return enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED
	}
}
