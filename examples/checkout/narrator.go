package main

import (
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
)

// narrator tells events in short; `perdure workflow show` says more. It remembers which activity an event
// is about.
type narrator struct{ activities map[int64]string }

func (n *narrator) tell(e *historypb.HistoryEvent) string {
	text := e.GetEventType().String()
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_ActivityTaskScheduledEventAttributes:
		if n.activities == nil {
			n.activities = map[int64]string{}
		}
		n.activities[e.GetEventId()] = a.ActivityTaskScheduledEventAttributes.GetActivityType().GetName()
		return text + " " + n.activities[e.GetEventId()]
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		done := a.ActivityTaskCompletedEventAttributes
		return text + " " + n.activities[done.GetScheduledEventId()] + data(done.GetResult())
	case *historypb.HistoryEvent_ActivityTaskFailedEventAttributes:
		failed := a.ActivityTaskFailedEventAttributes
		return text + " " + n.activities[failed.GetScheduledEventId()] + ": " + failed.GetFailure().GetMessage()
	case *historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes:
		signal := a.WorkflowExecutionSignaledEventAttributes
		return text + " " + signal.GetSignalName() + data(signal.GetInput())
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		return text + data(a.WorkflowExecutionCompletedEventAttributes.GetResult())
	}
	return text
}

// data is the JSON of a single value behind a space; nothing if there is none.
func data(p *commonpb.Payloads) string {
	if len(p.GetPayloads()) == 0 {
		return ""
	}
	return " " + string(p.GetPayloads()[0].GetData())
}
