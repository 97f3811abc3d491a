package command

import (
	"strconv"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

type timerState int

const (
	timerCreated timerState = iota
	timerCanceledEarly
	timerStarted
	timerCanceling
	timerCanceled
	timerFired
)

func (s timerState) String() string {
	return [...]string{"created", "created and cancelled", "started", "being cancelled", "cancelled", "fired"}[s]
}

const (
	onTimerStarted  = "started"
	onTimerCanceled = "confirmed as cancelled"
	onFired         = "fired"
)

var timerMoves = []move[timerState]{
	{timerCreated, onTimerStarted, timerStarted},
	{timerCreated, onCancel, timerCanceledEarly},
	{timerCanceledEarly, onTimerStarted, timerCanceling},
	{timerStarted, onCancel, timerCanceling},
	{timerStarted, onFired, timerFired},
	{timerCanceling, onTimerCanceled, timerCanceled},
	// The cancel is issued while the events of a task are applied, and a later one is the timer's.
	{timerCanceling, onFired, timerFired},
}

// Timer is a timer from the command that starts it until it has fired or is cancelled.
type Timer struct {
	StartedEventID int64
	id             string
	state          timerState
	outbox         *Outbox
	cancel         *commandpb.Command
}

// NewTimer adds the command that starts a timer. Its id is the decimal of the started event's.
func NewTimer(o *Outbox, d time.Duration, metadata *sdkpb.UserMetadata) *Timer {
	t := &Timer{StartedEventID: o.NextEventID(), outbox: o}
	t.id = strconv.FormatInt(t.StartedEventID, 10)
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_START_TIMER, UserMetadata: metadata,
		Attributes: &commandpb.Command_StartTimerCommandAttributes{
			StartTimerCommandAttributes: &commandpb.StartTimerCommandAttributes{TimerId: t.id, StartToFireTimeout: durationpb.New(d)},
		},
	}, t)
	return t
}

// Cancel adds the command that cancels the timer. It does nothing if the timer has fired or was
// cancelled before.
func (t *Timer) Cancel() {
	if t.step(onCancel) != nil {
		return
	}
	t.cancel = &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_CANCEL_TIMER,
		Attributes: &commandpb.Command_CancelTimerCommandAttributes{
			CancelTimerCommandAttributes: &commandpb.CancelTimerCommandAttributes{TimerId: t.id},
		},
	}
	t.outbox.Add(t.cancel, t)
}

// Recorded implements [Machine].
func (t *Timer) Recorded(e *historypb.HistoryEvent) error {
	if e.GetEventType() == enumspb.EVENT_TYPE_TIMER_CANCELED {
		return t.step(onTimerCanceled)
	}
	return t.step(onTimerStarted)
}

// Fired takes TimerFired. A cancel that was not sent yet is taken back.
func (t *Timer) Fired() error {
	if err := t.step(onFired); err != nil {
		return err
	}
	t.outbox.Remove(t.cancel)
	return nil
}

func (t *Timer) step(on string) (err error) {
	t.state, err = next(timerMoves, t.state, on, t)
	return err
}

// String names the timer in errors.
func (t *Timer) String() string { return "timer " + t.id }
