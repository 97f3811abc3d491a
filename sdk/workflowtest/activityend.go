package workflowtest

import (
	"errors"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// ended takes an attempt's outcome: it closes the activity, or plans the next attempt.
func (at *attempts) ended(result *commonpb.Payloads, err error) {
	var canceled *failure.CanceledError
	switch {
	case err == nil:
		at.closed(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
				Result: result, ScheduledEventId: at.scheduled, StartedEventId: at.begun(),
			}},
		})
	case at.cancel != 0 && errors.As(err, &canceled):
		at.canceled(failure.FromError(at.env.opts.DataConverter, canceled).GetCanceledFailureInfo().GetDetails())
	default:
		at.failed(failure.FromError(at.env.opts.DataConverter, err))
	}
}

// failed takes the failure of an attempt.
func (at *attempts) failed(f *failurepb.Failure) {
	if f.GetTimeoutFailureInfo() != nil {
		at.timedOut(f)
		return
	}
	if state := at.again(f); state != enumspb.RETRY_STATE_IN_PROGRESS {
		at.closed(enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
				Failure: f, ScheduledEventId: at.scheduled, StartedEventId: at.begun(), RetryState: state,
			}},
		})
	}
}

const notEnoughTime = "Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying"

// timedOut takes a time-out, whose last failure becomes its cause where there is no time for another attempt.
func (at *attempts) timedOut(f *failurepb.Failure) {
	kind, state := f.GetTimeoutFailureInfo().GetTimeoutType(), enumspb.RETRY_STATE_TIMEOUT
	if attempt.RetriedTimeout(kind) {
		if state = at.again(f); state == enumspb.RETRY_STATE_IN_PROGRESS {
			return
		}
	}
	cause := f
	if kind == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE {
		cause = at.last
	}
	f = proto.CloneOf(f)
	if state == enumspb.RETRY_STATE_TIMEOUT && kind != enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START && cause != nil {
		f = timeoutFailure(notEnoughTime, enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE)
		f.Cause = cause
	}
	if at.details != nil {
		f.GetTimeoutFailureInfo().LastHeartbeatDetails = at.details
	}
	at.closed(enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes{ActivityTaskTimedOutEventAttributes: &historypb.ActivityTaskTimedOutEventAttributes{
			Failure: f, ScheduledEventId: at.scheduled, StartedEventId: at.begun(), RetryState: state,
		}},
	})
}

// again plans the next attempt, or tells why there is none.
func (at *attempts) again(f *failurepb.Failure) enumspb.RetryState {
	if at.intoPause(f) {
		at.last, at.started, at.next = f, time.Time{}, nil
		return enumspb.RETRY_STATE_IN_PROGRESS
	}
	wait, state := at.retry(f)
	if state == enumspb.RETRY_STATE_IN_PROGRESS {
		at.last, at.started = f, time.Time{}
		at.next = at.env.agenda.add(at.env.journal.now.Add(wait), at.start)
	}
	return state
}

func (at *attempts) canceled(details *commonpb.Payloads) {
	at.closed(enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskCanceledEventAttributes{ActivityTaskCanceledEventAttributes: &historypb.ActivityTaskCanceledEventAttributes{
			Details: details, ScheduledEventId: at.scheduled, StartedEventId: at.begun(), LatestCancelRequestedEventId: at.cancel,
		}},
	})
}

// closed writes the event that closes the activity.
func (at *attempts) closed(kind enumspb.EventType, event *historypb.HistoryEvent) {
	delete(at.env.open, at.scheduled)
	at.env.journal.write(kind, event)
	at.env.journal.news = true
}

// begun writes ActivityTaskStarted, which histories have only together with the close; 0 if no attempt is
// under way.
func (at *attempts) begun() int64 {
	if at.started.IsZero() {
		return 0
	}
	event := &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{
			ScheduledEventId: at.scheduled, Attempt: at.number, LastFailure: at.last,
		}},
	}
	id := at.env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, event)
	event.EventTime = timestamppb.New(at.started)
	return id
}

// notStarted are the details of an activity that was cancelled while no attempt was under way.
func notStarted() *commonpb.Payloads {
	payload, err := converter.JSONConverter{}.ToPayload("ACTIVITY_ID_NOT_STARTED")
	if err != nil {
		return nil // a string always encodes
	}
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{payload}}
}

// timeoutFailure is the failure of a time-out, as the server words it.
func timeoutFailure(message string, kind enumspb.TimeoutType) *failurepb.Failure {
	return &failurepb.Failure{
		Message: message, Source: "Server",
		FailureInfo: &failurepb.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failurepb.TimeoutFailureInfo{TimeoutType: kind}},
	}
}
