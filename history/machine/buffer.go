package machine

import (
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

// FullBuffer tells that one more event would end the workflow task that the run's worker has, and when that was started.
func (r *Run) FullBuffer(l *api.Limits) (started time.Time, full bool) {
	if r.taskStarted == nil || int64(len(r.buffered)) < l.BufferedEvents && int64(r.bufferedSize) < l.BufferedBytes {
		return time.Time{}, false
	}
	return time.Unix(0, r.taskStarted.time), true
}

// boundBuffer ends the started workflow task, as one that takes too long, when too much waits for it. That also
// keeps the record small that flushes it.
func (t *transaction) boundBuffer() {
	if l := t.in.limits(); int64(len(t.run.buffered)) <= l.BufferedEvents && int64(t.run.bufferedSize) <= l.BufferedBytes {
		return
	}
	if t.run.taskStarted == nil { // with an earlier owner, whose worker is told that it is stale
		t.flush()
		return
	}
	t.failTask(enumspb.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND, nil, "")
}

// flush appends the buffered events and tells whether there were any.
// Activities' and children's completions go last, in their order: they may have come before
// an event that they do not depend on, never the other way round.
func (t *transaction) flush() bool {
	buffered := slices.Concat(t.run.buffered, t.canceled)
	if len(buffered) == 0 {
		return false
	}
	if len(t.run.buffered) > 0 {
		t.change(&recordpb.Change{Change: &recordpb.Change_BufferFlushed{BufferFlushed: &recordpb.BufferFlushed{}}})
	}
	t.canceled = nil
	flushed := make([]*historypb.HistoryEvent, 0, len(buffered))
	for _, last := range []bool{false, true} {
		for _, event := range buffered {
			if goesLast(event.EventType) == last {
				linkStarted(event, flushed)
				t.append(event)
				flushed = append(flushed, event)
			}
		}
	}
	return true
}

// goesLast tells completions of what the workflow asked for.
func goesLast(t enumspb.EventType) bool {
	switch t {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED:
		return true
	}
	return false
}

// linkStarted gives the close event of an activity or a child the id of its start, if that is
// one of the events before it.
func linkStarted(event *historypb.HistoryEvent, before []*historypb.HistoryEvent) {
	var scheduled int64
	var started *int64
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		scheduled, started = a.ActivityTaskCompletedEventAttributes.ScheduledEventId, &a.ActivityTaskCompletedEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ActivityTaskFailedEventAttributes:
		scheduled, started = a.ActivityTaskFailedEventAttributes.ScheduledEventId, &a.ActivityTaskFailedEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes:
		scheduled, started = a.ActivityTaskTimedOutEventAttributes.ScheduledEventId, &a.ActivityTaskTimedOutEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ActivityTaskCanceledEventAttributes:
		scheduled, started = a.ActivityTaskCanceledEventAttributes.ScheduledEventId, &a.ActivityTaskCanceledEventAttributes.StartedEventId
	default:
		linkChildStarted(event, before)
		return
	}
	for i := len(before) - 1; i >= 0; i-- {
		if s := before[i].GetActivityTaskStartedEventAttributes(); s != nil && s.ScheduledEventId == scheduled {
			*started = before[i].EventId
			return
		}
	}
}

// buffersOnlySignals tells whether all that is buffered are signals, which may be handled together with later ones.
func (r *Run) buffersOnlySignals() bool {
	for _, event := range r.buffered {
		if event.EventType != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			return false
		}
	}
	return true
}
