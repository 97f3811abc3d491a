package machine

import (
	"slices"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// cancelActivity accepts an activity that is pending, was scheduled by an earlier
// command, or has an end that the workflow could not see yet. Each once.
func (c *commandCheck) cancelActivity(a *commandpb.RequestCancelActivityTaskCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES
	id := a.GetScheduledEventId()
	pending, scheduled := c.run.activities[id], c.scheduled[id]
	switch {
	case a == nil:
		return badCommand(cause, "RequestCancelActivityTaskCommandAttributes is not set on command.")
	case id <= 0:
		return badCommand(cause, "ScheduledEventId is not set on RequestCancelActivityTaskCommand.")
	case c.canceled[id] || pending != nil && pending.CancelRequested:
		return badCommand(cause, "the cancellation of activity %d was requested before", id)
	case pending == nil && scheduled == nil && !c.run.endBuffered(id):
		return badCommand(cause, "activity %d is not pending", id)
	}
	if c.canceled == nil {
		c.canceled = map[int64]bool{}
	}
	c.canceled[id] = true
	switch {
	case pending != nil && pending.StartedTime == 0:
		c.freeActivity(pending.ActivityId)
	case scheduled != nil && !c.run.runsEagerly(scheduled):
		c.freeActivity(scheduled.ActivityId)
	}
	return nil
}

// freeActivity makes the id of an activity that ends with these commands free again.
func (c *commandCheck) freeActivity(activityID string) {
	c.pending.activities--
	if c.activities == nil {
		c.activities, c.scheduled = map[string]bool{}, map[int64]*commandpb.ScheduleActivityTaskCommandAttributes{}
	}
	c.activities[activityID] = false
}

// endBuffered tells whether an activity's end waits in the buffer.
func (r *Run) endBuffered(scheduled int64) bool {
	return slices.ContainsFunc(r.buffered, func(e *historypb.HistoryEvent) bool {
		return goesLast(e.EventType) && scheduledID(e) == scheduled
	})
}

// scheduledID is the scheduled event of the activity that an event ends; 0 for other events.
func scheduledID(e *historypb.HistoryEvent) int64 {
	switch a := e.Attributes.(type) {
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		return a.ActivityTaskCompletedEventAttributes.ScheduledEventId
	case *historypb.HistoryEvent_ActivityTaskFailedEventAttributes:
		return a.ActivityTaskFailedEventAttributes.ScheduledEventId
	case *historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes:
		return a.ActivityTaskTimedOutEventAttributes.ScheduledEventId
	case *historypb.HistoryEvent_ActivityTaskCanceledEventAttributes:
		return a.ActivityTaskCanceledEventAttributes.ScheduledEventId
	}
	return 0
}

// cancelActivity asks a started activity to end; its worker hears of it by its
// next heartbeat. One that nobody has started ends at once: behind the events of all commands, which
// the SDK has numbered, and not at all where these close the run.
func (t *transaction) cancelActivity(command *commandpb.Command, completedID int64, identity string) {
	id := command.GetRequestCancelActivityTaskCommandAttributes().GetScheduledEventId()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes{ActivityTaskCancelRequestedEventAttributes: &historypb.ActivityTaskCancelRequestedEventAttributes{
			ScheduledEventId: id, WorkflowTaskCompletedEventId: completedID,
		}},
	})
	a := t.run.activities[id]
	if a == nil || a.StartedTime != 0 {
		return
	}
	t.canceled = append(t.canceled, canceledEvent(a, notStarted(), identity))
	t.taskWanted = true
}

// notStarted are the details of an activity that was canceled before any attempt ran.
func notStarted() *commonpb.Payloads {
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{{
		Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"ACTIVITY_ID_NOT_STARTED"`),
	}}}
}

func (r *Run) applyActivityCancelRequested(id int64, a *historypb.ActivityTaskCancelRequestedEventAttributes) error {
	if pending := r.activities[a.ScheduledEventId]; pending != nil {
		pending.CancelRequested, pending.CancelRequestedEventId = true, id
	}
	return nil
}
