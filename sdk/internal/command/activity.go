package command

import (
	"strconv"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
)

type activityState int

const (
	activityCreated activityState = iota
	activityCanceledEarly
	activityScheduled
	activityCanceling
	activityCancelRequested
	activityClosed
)

func (s activityState) String() string {
	return [...]string{"created", "created and cancelled", "scheduled", "being cancelled", "asked to cancel", "closed"}[s]
}

const (
	onScheduled       = "scheduled"
	onCancel          = "cancelled"
	onCancelRequested = "asked to cancel"
	onStarted         = "started"
	onClosed          = "closed"
)

var activityMoves = []move[activityState]{
	{activityCreated, onScheduled, activityScheduled},
	{activityCreated, onCancel, activityCanceledEarly},
	{activityCanceledEarly, onScheduled, activityCanceling},
	{activityScheduled, onCancel, activityCanceling},
	{activityScheduled, onStarted, activityScheduled},
	{activityScheduled, onClosed, activityClosed},
	{activityCanceling, onCancelRequested, activityCancelRequested},
	// The cancel is issued while the events of a task are applied, and a later one closes the activity.
	{activityCanceling, onStarted, activityCanceling},
	{activityCanceling, onClosed, activityClosed},
	{activityCancelRequested, onStarted, activityCancelRequested},
	{activityCancelRequested, onClosed, activityClosed},
}

// Activity is an activity from the command that schedules it until it is closed.
type Activity struct {
	ScheduledEventID int64
	state            activityState
	outbox           *Outbox
	cancel           *commandpb.Command
}

// NewActivity adds the command that schedules an activity. If the attributes have no activity id, it
// is the decimal of the scheduled event's.
func NewActivity(o *Outbox, attrs *commandpb.ScheduleActivityTaskCommandAttributes, metadata *sdkpb.UserMetadata) *Activity {
	a := &Activity{ScheduledEventID: o.NextEventID(), outbox: o}
	if attrs.ActivityId == "" {
		attrs.ActivityId = strconv.FormatInt(a.ScheduledEventID, 10)
	}
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK, UserMetadata: metadata,
		Attributes: &commandpb.Command_ScheduleActivityTaskCommandAttributes{ScheduleActivityTaskCommandAttributes: attrs},
	}, a)
	return a
}

// Cancel adds the command that asks the activity to cancel. It does nothing if the activity is closed
// or was asked before.
func (a *Activity) Cancel() {
	if a.step(onCancel) != nil {
		return
	}
	a.cancel = &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK,
		Attributes: &commandpb.Command_RequestCancelActivityTaskCommandAttributes{
			RequestCancelActivityTaskCommandAttributes: &commandpb.RequestCancelActivityTaskCommandAttributes{ScheduledEventId: a.ScheduledEventID},
		},
	}
	a.outbox.Add(a.cancel, a)
}

// Recorded implements [Machine].
func (a *Activity) Recorded(e *historypb.HistoryEvent) error {
	if e.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED {
		return a.step(onCancelRequested)
	}
	return a.step(onScheduled)
}

// Started takes ActivityTaskStarted.
func (a *Activity) Started() error { return a.step(onStarted) }

// Closed takes ActivityTaskCompleted, Failed, TimedOut or Canceled. A cancel that was not sent yet is
// taken back.
func (a *Activity) Closed() error {
	if err := a.step(onClosed); err != nil {
		return err
	}
	a.outbox.Remove(a.cancel)
	return nil
}

func (a *Activity) step(on string) (err error) {
	a.state, err = next(activityMoves, a.state, on, a)
	return err
}

// String names the activity in errors.
func (a *Activity) String() string {
	return "the activity scheduled by event " + strconv.FormatInt(a.ScheduledEventID, 10)
}
