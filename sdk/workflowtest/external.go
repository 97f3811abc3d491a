package workflowtest

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// signalExternal signals another workflow, when the workflow task is through.
func (env *Environment) signalExternal(c *commandpb.Command, task int64) {
	a := c.GetSignalExternalWorkflowExecutionCommandAttributes()
	initiated := env.journal.write(enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, &historypb.HistoryEvent{
		UserMetadata: c.GetUserMetadata(),
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalExternalWorkflowExecutionInitiatedEventAttributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{
			WorkflowTaskCompletedEventId: task, Namespace: namespace, WorkflowExecution: a.GetExecution(), SignalName: a.GetSignalName(), Input: a.GetInput(),
			Control: a.GetControl(), ChildWorkflowOnly: a.GetChildWorkflowOnly(), Header: a.GetHeader(),
		}},
	})
	env.world.call(func() {
		if env.closed != nil {
			return
		}
		to := env.called(a.GetExecution(), a.GetChildWorkflowOnly())
		if to == nil || to.closed != nil {
			env.signalFailed(a, initiated)
			return
		}
		env.signalArrived(a, initiated)
		to.signaled(&historypb.WorkflowExecutionSignaledEventAttributes{
			SignalName: a.GetSignalName(), Input: a.GetInput(), Header: a.GetHeader(), ExternalWorkflowExecution: env.id(),
		})
	})
}

// called is the run that another names; nil if there is none, or none that it may name. A workflow does not find itself.
func (env *Environment) called(x *commonpb.WorkflowExecution, childOnly bool) *Environment {
	to, err := env.world.find(x)
	if err != nil || x.GetWorkflowId() == env.id().GetWorkflowId() || childOnly && !to.childOf(env) {
		return nil
	}
	return to
}

func (env *Environment) signaled(a *historypb.WorkflowExecutionSignaledEventAttributes) {
	env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{WorkflowExecutionSignaledEventAttributes: a},
	})
	env.journal.news = true
}

func (env *Environment) signalArrived(a *commandpb.SignalExternalWorkflowExecutionCommandAttributes, initiated int64) {
	env.journal.write(enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ExternalWorkflowExecutionSignaledEventAttributes{ExternalWorkflowExecutionSignaledEventAttributes: &historypb.ExternalWorkflowExecutionSignaledEventAttributes{
			InitiatedEventId: initiated, Namespace: namespace, WorkflowExecution: a.GetExecution(), Control: a.GetControl(),
		}},
	})
	env.journal.news = true
}

func (env *Environment) signalFailed(a *commandpb.SignalExternalWorkflowExecutionCommandAttributes, initiated int64) {
	env.journal.write(enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionFailedEventAttributes{SignalExternalWorkflowExecutionFailedEventAttributes: &historypb.SignalExternalWorkflowExecutionFailedEventAttributes{
			InitiatedEventId: initiated, Namespace: namespace, WorkflowExecution: a.GetExecution(), Control: a.GetControl(),
			Cause: enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND,
		}},
	})
	env.journal.news = true
}
