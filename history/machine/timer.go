package machine

import (
	"slices"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api/recordpb"
)

func (c *commandCheck) startTimer(a *commandpb.StartTimerCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_START_TIMER_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "StartTimerCommandAttributes is not set on command.")
	case a.TimerId == "":
		return badCommand(cause, "TimerId is not set on StartTimerCommand.")
	case anyNegative(a.StartToFireTimeout):
		return badCommand(cause, "An invalid StartToFireTimeout is set on StartTimerCommand: negative duration. TimerId=%s", a.TimerId)
	case tooLong(a.TimerId):
		return badCommand(cause, "TimerId on StartTimerCommand exceeds length limit.")
	case c.timerStarted(a.TimerId):
		return badCommand(enumspb.WORKFLOW_TASK_FAILED_CAUSE_START_TIMER_DUPLICATE_ID, "timer %q is already started", a.TimerId)
	}
	c.setTimer(a.TimerId, true)
	return nil
}

func (c *commandCheck) cancelTimer(a *commandpb.CancelTimerCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_TIMER_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "CancelTimerCommandAttributes is not set on command.")
	case a.TimerId == "":
		return badCommand(cause, "TimerId is not set on CancelTimerCommand.")
	case c.timerStarted(a.TimerId):
		c.setTimer(a.TimerId, false)
		return nil
	case c.fired(a.TimerId):
		c.setTimer(a.TimerId, false)
		c.buffered--
		return nil
	}
	return badCommand(cause, "timer %q is not started", a.TimerId)
}

func (c *commandCheck) timerStarted(id string) bool {
	if started, known := c.timers[id]; known {
		return started
	}
	return c.run.timers[id] != nil
}

// fired tells whether the timer's fire is in the buffer and was not taken back.
func (c *commandCheck) fired(id string) bool {
	_, known := c.timers[id]
	return !known && c.run.bufferedFire(id) >= 0
}

func (c *commandCheck) setTimer(id string, started bool) {
	if c.timers == nil {
		c.timers = map[string]bool{}
	}
	c.timers[id] = started
}

func (t *transaction) startTimer(command *commandpb.Command, completedID int64) {
	a := command.GetStartTimerCommandAttributes()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_TIMER_STARTED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_TimerStartedEventAttributes{TimerStartedEventAttributes: &historypb.TimerStartedEventAttributes{
			TimerId: a.TimerId, StartToFireTimeout: capped(a.StartToFireTimeout), WorkflowTaskCompletedEventId: completedID,
		}},
	})
}

// cancelTimer also takes back a fire that is still in the buffer.
func (t *transaction) cancelTimer(command *commandpb.Command, completedID int64, identity string) {
	id := command.GetCancelTimerCommandAttributes().GetTimerId()
	var started int64
	if timer := t.run.timers[id]; timer != nil {
		started = timer.StartedEventId
	} else if i := t.run.bufferedFire(id); i >= 0 {
		started = t.run.buffered[i].GetTimerFiredEventAttributes().GetStartedEventId()
	}
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_TIMER_CANCELED,
		Attributes: &historypb.HistoryEvent_TimerCanceledEventAttributes{TimerCanceledEventAttributes: &historypb.TimerCanceledEventAttributes{
			TimerId: id, StartedEventId: started, WorkflowTaskCompletedEventId: completedID, Identity: identity,
		}},
	})
}

// bufferedFire is the place of a timer's fire in the buffer; -1: it is not there.
func (r *Run) bufferedFire(id string) int {
	return slices.IndexFunc(r.buffered, func(e *historypb.HistoryEvent) bool {
		a := e.GetTimerFiredEventAttributes()
		return a != nil && a.TimerId == id
	})
}

func (r *Run) applyTimerStarted(event *historypb.HistoryEvent, a *historypb.TimerStartedEventAttributes) {
	if r.timers == nil {
		r.timers = map[string]*recordpb.Timer{}
	}
	r.timers[a.TimerId] = &recordpb.Timer{
		TimerId: a.TimerId, StartedEventId: event.EventId,
		DueTime: later(event.EventTime.AsTime().UnixNano(), a.StartToFireTimeout.AsDuration()),
	}
}

func (r *Run) applyTimerCanceled(a *historypb.TimerCanceledEventAttributes) {
	r.removeTimer(a.TimerId, a.StartedEventId)
	r.buffered = slices.DeleteFunc(r.buffered, func(e *historypb.HistoryEvent) bool {
		fired := e.GetTimerFiredEventAttributes()
		return fired != nil && fired.TimerId == a.TimerId && fired.StartedEventId == a.StartedEventId
	})
}

// removeTimer leaves a later timer of the same id alone.
func (r *Run) removeTimer(id string, started int64) {
	if timer := r.timers[id]; timer != nil && timer.StartedEventId == started {
		delete(r.timers, id)
	}
}

// fireTimers fires what is due, the earliest first.
func (t *transaction) fireTimers() {
	var due []*recordpb.Timer
	for _, timer := range t.run.timers {
		if timer.DueTime <= t.now {
			due = append(due, timer)
		}
	}
	slices.SortFunc(due, func(a, b *recordpb.Timer) int {
		if a.DueTime != b.DueTime {
			return int(min(max(a.DueTime-b.DueTime, -1), 1))
		}
		return int(a.StartedEventId - b.StartedEventId)
	})
	if len(due) == 0 {
		return
	}
	events := make([]*historypb.HistoryEvent, len(due))
	for i, timer := range due {
		events[i] = &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_TIMER_FIRED,
			Attributes: &historypb.HistoryEvent_TimerFiredEventAttributes{TimerFiredEventAttributes: &historypb.TimerFiredEventAttributes{
				TimerId: timer.TimerId, StartedEventId: timer.StartedEventId,
			}},
		}
	}
	t.arrive(events...)
}
