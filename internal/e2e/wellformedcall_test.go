package e2e

import (
	"fmt"

	historypb "go.temporal.io/api/history/v1"
)

// childEnd is the event of a child's end.
type childEnd interface {
	GetInitiatedEventId() int64
	GetStartedEventId() int64
}

// call follows what a run has to do with others: children, signals and cancellations of other workflows, updates.
func (f *former) call(event *historypb.HistoryEvent) error {
	id := event.GetEventId()
	switch a := event.GetAttributes().(type) {
	case *historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes:
		f.scheduled[id] = "child"
	case *historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes:
		return f.start(a.ChildWorkflowExecutionStartedEventAttributes.GetInitiatedEventId(), id, "child")
	case *historypb.HistoryEvent_StartChildWorkflowExecutionFailedEventAttributes:
		return f.end(a.StartChildWorkflowExecutionFailedEventAttributes.GetInitiatedEventId(), 0, "child")
	case *historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes:
		return f.child(a.ChildWorkflowExecutionCompletedEventAttributes)
	case *historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes:
		return f.child(a.ChildWorkflowExecutionFailedEventAttributes)
	case *historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes:
		return f.child(a.ChildWorkflowExecutionCanceledEventAttributes)
	case *historypb.HistoryEvent_ChildWorkflowExecutionTimedOutEventAttributes:
		return f.child(a.ChildWorkflowExecutionTimedOutEventAttributes)
	case *historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes:
		return f.child(a.ChildWorkflowExecutionTerminatedEventAttributes)
	case *historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes:
		f.scheduled[id] = "signal"
	case *historypb.HistoryEvent_ExternalWorkflowExecutionSignaledEventAttributes:
		return f.end(a.ExternalWorkflowExecutionSignaledEventAttributes.GetInitiatedEventId(), 0, "signal")
	case *historypb.HistoryEvent_SignalExternalWorkflowExecutionFailedEventAttributes:
		return f.end(a.SignalExternalWorkflowExecutionFailedEventAttributes.GetInitiatedEventId(), 0, "signal")
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes:
		return f.update(id, a.WorkflowExecutionUpdateAcceptedEventAttributes.GetProtocolInstanceId())
	case *historypb.HistoryEvent_WorkflowExecutionUpdateCompletedEventAttributes:
		return f.end(a.WorkflowExecutionUpdateCompletedEventAttributes.GetAcceptedEventId(), 0, "update")
	}
	return nil
}

func (f *former) child(a childEnd) error {
	return f.end(a.GetInitiatedEventId(), a.GetStartedEventId(), "child")
}

func (f *former) update(id int64, name string) error {
	if f.updates[name] {
		return fmt.Errorf("update %s is accepted twice", name)
	}
	f.updates[name] = true
	f.scheduled[id] = "update"
	return nil
}
