package render

import historypb "go.temporal.io/api/history/v1"

// external tells of signals and requests to cancel to other workflows, by their workflow ids.
func (r *Events) external(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes:
		i := a.SignalExternalWorkflowExecutionInitiatedEventAttributes
		r.signals[e.GetEventId()] = OneLine(i.GetSignalName())
		return call(i.GetSignalName(), Payloads(i.GetInput())) + " to " + OneLine(i.GetWorkflowExecution().GetWorkflowId()), true
	case *historypb.HistoryEvent_ExternalWorkflowExecutionSignaledEventAttributes:
		s := a.ExternalWorkflowExecutionSignaledEventAttributes
		return r.signals[s.GetInitiatedEventId()] + after(" to ", OneLine(s.GetWorkflowExecution().GetWorkflowId())), true
	case *historypb.HistoryEvent_SignalExternalWorkflowExecutionFailedEventAttributes:
		f := a.SignalExternalWorkflowExecutionFailedEventAttributes
		return r.signals[f.GetInitiatedEventId()] + after(" to ", OneLine(f.GetWorkflowExecution().GetWorkflowId())) + ": " + f.GetCause().String(), true
	case *historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionInitiatedEventAttributes:
		i := a.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes
		return OneLine(i.GetWorkflowExecution().GetWorkflowId()) + after(": ", OneLine(i.GetReason())), true
	case *historypb.HistoryEvent_ExternalWorkflowExecutionCancelRequestedEventAttributes:
		return OneLine(a.ExternalWorkflowExecutionCancelRequestedEventAttributes.GetWorkflowExecution().GetWorkflowId()), true
	case *historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionFailedEventAttributes:
		f := a.RequestCancelExternalWorkflowExecutionFailedEventAttributes
		return OneLine(f.GetWorkflowExecution().GetWorkflowId()) + ": " + f.GetCause().String(), true
	}
	return "", false
}
