package e2e

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// wellFormed tells what is wrong with the history of a closed run.
func wellFormed(events []*historypb.HistoryEvent) error {
	f := former{scheduled: map[int64]string{}, started: map[int64]int64{}, timers: map[int64]string{}, updates: map[string]bool{}}
	for i, event := range events {
		if event.GetEventId() != int64(i+1) {
			return fmt.Errorf("event %d has id %d", i+1, event.GetEventId())
		}
		if f.closed {
			return fmt.Errorf("event %d, %s, follows the end", event.GetEventId(), event.GetEventType())
		}
		if i > 0 && event.GetEventTime().AsTime().Before(events[0].GetEventTime().AsTime()) {
			return fmt.Errorf("event %d is before the first", event.GetEventId())
		}
		if (i == 0) != (event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED) {
			return fmt.Errorf("event %d is %s", event.GetEventId(), event.GetEventType())
		}
		if err := f.take(event); err != nil {
			return fmt.Errorf("event %d, %s: %w", event.GetEventId(), event.GetEventType(), err)
		}
	}
	if !f.closed {
		return errors.New("there is no close event")
	}
	return nil
}

// former follows a history.
type former struct {
	scheduled map[int64]string // what is asked for and has not ended: activities and the workflow task, children, signals to others, updates
	started   map[int64]int64  // scheduled event to started event
	timers    map[int64]string
	updates   map[string]bool // those that were accepted
	tasks     int             // workflow tasks that have not ended
	closed    bool
}

func (f *former) take(event *historypb.HistoryEvent) error {
	id := event.GetEventId()
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
		f.tasks++
		f.scheduled[id] = "task"
		if f.tasks > 1 {
			return errors.New("two workflow tasks at a time")
		}
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED:
		return f.start(event.GetWorkflowTaskStartedEventAttributes().GetScheduledEventId(), id, "task")
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
		a := event.GetWorkflowTaskCompletedEventAttributes()
		f.tasks--
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "task")
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
		a := event.GetWorkflowTaskTimedOutEventAttributes()
		f.tasks--
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "task")
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		a := event.GetWorkflowTaskFailedEventAttributes()
		f.tasks--
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "task")
	case enumspb.EVENT_TYPE_TIMER_STARTED:
		f.timers[id] = event.GetTimerStartedEventAttributes().GetTimerId()
	case enumspb.EVENT_TYPE_TIMER_FIRED:
		a := event.GetTimerFiredEventAttributes()
		return f.timer(a.GetStartedEventId(), a.GetTimerId())
	case enumspb.EVENT_TYPE_TIMER_CANCELED:
		a := event.GetTimerCanceledEventAttributes()
		return f.timer(a.GetStartedEventId(), a.GetTimerId())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		f.closed = true
	default:
		return f.activity(event)
	}
	return nil
}

func (f *former) activity(event *historypb.HistoryEvent) error {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		f.scheduled[event.GetEventId()] = "activity"
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		return f.start(event.GetActivityTaskStartedEventAttributes().GetScheduledEventId(), event.GetEventId(), "activity")
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := event.GetActivityTaskCompletedEventAttributes()
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "activity")
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		a := event.GetActivityTaskFailedEventAttributes()
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "activity")
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		a := event.GetActivityTaskTimedOutEventAttributes()
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "activity")
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		a := event.GetActivityTaskCanceledEventAttributes()
		return f.end(a.GetScheduledEventId(), a.GetStartedEventId(), "activity")
	}
	return f.call(event)
}

func (f *former) start(scheduled, started int64, what string) error {
	if f.scheduled[scheduled] != what {
		return fmt.Errorf("no %s is scheduled with event %d", what, scheduled)
	}
	if f.started[scheduled] != 0 {
		return fmt.Errorf("the %s of event %d was started with event %d", what, scheduled, f.started[scheduled])
	}
	f.started[scheduled] = started
	return nil
}

func (f *former) end(scheduled, started int64, what string) error {
	if f.scheduled[scheduled] != what {
		return fmt.Errorf("no %s is scheduled with event %d", what, scheduled)
	}
	if started != f.started[scheduled] {
		return fmt.Errorf("it names start %d of the %s of event %d, and that is %d", started, what, scheduled, f.started[scheduled])
	}
	delete(f.scheduled, scheduled)
	return nil
}

func (f *former) timer(started int64, id string) error {
	if f.timers[started] != id || id == "" {
		return fmt.Errorf("no timer %s is started with event %d", id, started)
	}
	delete(f.timers, started)
	return nil
}

// What must be found is found.
func TestIllFormedHistories(t *testing.T) {
	event := func(id int64, kind enumspb.EventType) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{EventId: id, EventType: kind}
	}
	accepted := func(id int64) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{EventId: id, Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes{
			WorkflowExecutionUpdateAcceptedEventAttributes: &historypb.WorkflowExecutionUpdateAcceptedEventAttributes{ProtocolInstanceId: "u"},
		}}
	}
	const begin, task, end = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
	require.NoError(t, wellFormed([]*historypb.HistoryEvent{event(1, begin), event(2, task), event(3, end)}))
	for name, events := range map[string][]*historypb.HistoryEvent{
		"nothing":         nil,
		"a gap":           {event(1, begin), event(3, end)},
		"no end":          {event(1, begin), event(2, task)},
		"no beginning":    {event(1, task), event(2, end)},
		"behind the end":  {event(1, begin), event(2, end), event(3, task)},
		"two tasks":       {event(1, begin), event(2, task), event(3, task), event(4, end)},
		"a start of none": {event(1, begin), event(2, enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED), event(3, end)},
		"an end of none":  {event(1, begin), event(2, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED), event(3, end)},
		"a child of none": {event(1, begin), {EventId: 2, Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{}}, event(3, end)},
		"an update twice": {event(1, begin), accepted(2), accepted(3), event(4, end)},
		"a timer of none": {event(1, begin), event(2, enumspb.EVENT_TYPE_TIMER_FIRED), event(3, end)},
	} {
		require.Error(t, wellFormed(events), name)
	}
}
