package workflowtest

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// cancelExternal asks another workflow to cancel, when the workflow task is through.
func (env *Environment) cancelExternal(c *commandpb.Command, task int64) {
	a := c.GetRequestCancelExternalWorkflowExecutionCommandAttributes()
	x := &commonpb.WorkflowExecution{WorkflowId: a.GetWorkflowId(), RunId: a.GetRunId()}
	initiated := env.journal.write(enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, &historypb.HistoryEvent{
		UserMetadata: c.GetUserMetadata(),
		Attributes: &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{RequestCancelExternalWorkflowExecutionInitiatedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{
			WorkflowTaskCompletedEventId: task, Namespace: namespace, WorkflowExecution: x,
			Control: a.GetControl(), ChildWorkflowOnly: a.GetChildWorkflowOnly(), Reason: a.GetReason(),
		}},
	})
	env.world.call(func() {
		if env.closed != nil {
			return
		}
		to := env.called(x, false)
		if to != nil && to.closed == nil && a.GetChildWorkflowOnly() && !to.childOf(env) {
			to = nil
		}
		if to == nil {
			env.cancelFailed(x, initiated)
			return
		}
		env.cancelArrived(x, initiated)
		to.requestCancel(&historypb.WorkflowExecutionCancelRequestedEventAttributes{
			Cause: a.GetReason(), ExternalInitiatedEventId: initiated, ExternalWorkflowExecution: env.id(),
		})
	})
}

// requestCancel asks the workflow to cancel, unless it was asked before or has ended.
func (env *Environment) requestCancel(a *historypb.WorkflowExecutionCancelRequestedEventAttributes) {
	if env.closed != nil || env.canceled {
		return
	}
	env.canceled = true
	env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCancelRequestedEventAttributes{WorkflowExecutionCancelRequestedEventAttributes: a},
	})
	env.wakeUp()
	env.journal.news = true
}

func (env *Environment) cancelArrived(x *commonpb.WorkflowExecution, initiated int64) {
	env.journal.write(enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ExternalWorkflowExecutionCancelRequestedEventAttributes{ExternalWorkflowExecutionCancelRequestedEventAttributes: &historypb.ExternalWorkflowExecutionCancelRequestedEventAttributes{
			InitiatedEventId: initiated, Namespace: namespace, WorkflowExecution: x,
		}},
	})
	env.journal.news = true
}

func (env *Environment) cancelFailed(x *commonpb.WorkflowExecution, initiated int64) {
	env.journal.write(enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionFailedEventAttributes{RequestCancelExternalWorkflowExecutionFailedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionFailedEventAttributes{
			InitiatedEventId: initiated, Namespace: namespace, WorkflowExecution: x,
			Cause: enumspb.CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND,
		}},
	})
	env.journal.news = true
}
