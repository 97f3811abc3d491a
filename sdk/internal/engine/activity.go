package engine

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// activity is a scheduled activity and who waits for it.
type activity struct {
	machine *command.Activity
	attrs   *commandpb.ScheduleActivityTaskCommandAttributes
	wait    bool                            // for the activity to confirm its cancellation
	done    func(*commonpb.Payloads, error) // nil once it was called
}

// ScheduleActivity schedules an activity; done is called once, when it is closed. The returned
// function asks it to cancel: done is then called at once with a *failure.CanceledError, unless
// waitForCancellation is set.
func (e *Env) ScheduleActivity(attrs *commandpb.ScheduleActivityTaskCommandAttributes, summary string, waitForCancellation bool, done func(*commonpb.Payloads, error)) (cancel func()) {
	e.MustBeWritable("schedule an activity")
	if e.discard() {
		return func() {}
	}
	a := &activity{machine: command.NewActivity(&e.outbox, attrs, e.metadata(summary)), attrs: attrs, wait: waitForCancellation, done: done}
	e.activities[a.machine.ScheduledEventID] = a
	return func() {
		if e.discard() {
			return
		}
		a.machine.Cancel()
		if !a.wait {
			a.resolve(nil, failure.NewCanceledError())
		}
	}
}

func (a *activity) resolve(result *commonpb.Payloads, err error) {
	if done := a.done; done != nil {
		a.done = nil
		done(result, err)
	}
}

// metadata is what the user interface shows beside a command.
func (e *Env) metadata(summary string) *sdkpb.UserMetadata {
	if summary == "" {
		return nil
	}
	p, err := e.opts.DataConverter.ToPayload(summary)
	if err != nil {
		return nil // a courtesy to the reader, not worth a failure
	}
	return &sdkpb.UserMetadata{Summary: p}
}

func (e *Env) activityStarted(event *historypb.HistoryEvent) error {
	a, err := e.activity(event, event.GetActivityTaskStartedEventAttributes().GetScheduledEventId())
	if err != nil {
		return err
	}
	return a.machine.Started()
}

// activityClosed applies one of the four events that close an activity.
func (e *Env) activityClosed(event *historypb.HistoryEvent) error {
	var (
		scheduled, started int64
		identity           string
		retry              enumspb.RetryState
		result             *commonpb.Payloads
		cause              error
	)
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		at := event.GetActivityTaskCompletedEventAttributes()
		scheduled, result = at.GetScheduledEventId(), at.GetResult()
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		at := event.GetActivityTaskFailedEventAttributes()
		scheduled, started, identity, retry = at.GetScheduledEventId(), at.GetStartedEventId(), at.GetIdentity(), at.GetRetryState()
		cause = e.failureOr(at.GetFailure(), "the activity failed")
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		at := event.GetActivityTaskTimedOutEventAttributes()
		scheduled, started, retry = at.GetScheduledEventId(), at.GetStartedEventId(), at.GetRetryState()
		cause = e.failureOr(at.GetFailure(), "the activity timed out")
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		at := event.GetActivityTaskCanceledEventAttributes()
		scheduled, started, identity = at.GetScheduledEventId(), at.GetStartedEventId(), at.GetIdentity()
		retry = enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE
		cause = failure.CanceledWith(e.opts.DataConverter, at.GetDetails())
	}
	a, err := e.activity(event, scheduled)
	if err != nil {
		return err
	}
	if err := a.machine.Closed(); err != nil {
		return err
	}
	delete(e.activities, scheduled)
	if cause == nil {
		a.resolve(result, nil)
		return nil
	}
	a.resolve(nil, failure.NewActivityError(failure.ActivityInfo{
		ActivityType: a.attrs.GetActivityType().GetName(), ActivityID: a.attrs.GetActivityId(),
		ScheduledEventID: scheduled, StartedEventID: started, Identity: identity, RetryState: retry,
	}, cause))
	return nil
}

func (e *Env) failureOr(f *failurepb.Failure, message string) error {
	if f == nil {
		return failure.NewServerError(message, false, nil)
	}
	return failure.ToError(e.opts.DataConverter, f)
}

func (e *Env) activity(event *historypb.HistoryEvent, scheduled int64) (*activity, error) {
	a, ok := e.activities[scheduled]
	if !ok {
		return nil, damaged(event, "no open activity was scheduled by the event that it names")
	}
	return a, nil
}
