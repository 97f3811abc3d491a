package render

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// child tells of child workflows, by their workflow ids.
func child(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes:
		i := a.StartChildWorkflowExecutionInitiatedEventAttributes
		text := call(i.GetWorkflowType().GetName(), Payloads(i.GetInput())) + " as " + OneLine(i.GetWorkflowId())
		if policy := i.GetParentClosePolicy(); policy != enumspb.PARENT_CLOSE_POLICY_TERMINATE && policy != enumspb.PARENT_CLOSE_POLICY_UNSPECIFIED {
			text += ", parent close policy " + policy.String()
		}
		return text, true
	case *historypb.HistoryEvent_StartChildWorkflowExecutionFailedEventAttributes:
		f := a.StartChildWorkflowExecutionFailedEventAttributes
		return OneLine(f.GetWorkflowId()) + ": " + f.GetCause().String(), true
	case *historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes:
		s := a.ChildWorkflowExecutionStartedEventAttributes.GetWorkflowExecution()
		return execution(s), true
	case *historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes:
		c := a.ChildWorkflowExecutionCompletedEventAttributes
		return OneLine(c.GetWorkflowExecution().GetWorkflowId()) + after(" = ", Payloads(c.GetResult())), true
	case *historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes:
		f := a.ChildWorkflowExecutionFailedEventAttributes
		return OneLine(f.GetWorkflowExecution().GetWorkflowId()) + after(": ", Failure(f.GetFailure())), true
	case *historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes:
		c := a.ChildWorkflowExecutionCanceledEventAttributes
		return OneLine(c.GetWorkflowExecution().GetWorkflowId()) + after(" ", Payloads(c.GetDetails())), true
	case *historypb.HistoryEvent_ChildWorkflowExecutionTimedOutEventAttributes:
		return OneLine(a.ChildWorkflowExecutionTimedOutEventAttributes.GetWorkflowExecution().GetWorkflowId()), true
	case *historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes:
		return OneLine(a.ChildWorkflowExecutionTerminatedEventAttributes.GetWorkflowExecution().GetWorkflowId()), true
	}
	return "", false
}
