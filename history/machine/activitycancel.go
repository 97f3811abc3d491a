package machine

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// cancelActivity asks a started activity to end; its worker hears of it by its
// next heartbeat. One that nobody has started ends at once.
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
	t.append(canceledEvent(a, notStarted(), identity))
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
