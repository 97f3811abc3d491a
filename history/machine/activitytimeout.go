package machine

import (
	"cmp"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

const notEnoughTime = "Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying"

// nextTimeout is when, and by which time-out, an activity ends unless something happens before; 0: never, as long
// as it is paused.
func (a *activity) nextTimeout() (at int64, kind enumspb.TimeoutType) {
	if a.Pause != nil {
		return 0, kind
	}
	consider := func(from int64, after time.Duration, k enumspb.TimeoutType) {
		if due := later(from, after); after > 0 && (at == 0 || due < at) {
			at, kind = due, k
		}
	}
	consider(a.ScheduledTime, a.scheduled.ScheduleToCloseTimeout.AsDuration(), enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE)
	if a.StartedTime == 0 {
		consider(a.DueTime, a.scheduled.ScheduleToStartTimeout.AsDuration(), enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START)
		return at, kind
	}
	consider(a.StartedTime, a.scheduled.StartToCloseTimeout.AsDuration(), enumspb.TIMEOUT_TYPE_START_TO_CLOSE)
	consider(max(a.StartedTime, a.HeartbeatTime), a.scheduled.HeartbeatTimeout.AsDuration(), enumspb.TIMEOUT_TYPE_HEARTBEAT)
	return at, kind
}

func (t *transaction) timeOutActivities() {
	var due []*activity
	for _, a := range t.run.activities {
		if at, _ := a.nextTimeout(); at != 0 && at <= t.now {
			due = append(due, a)
		}
	}
	slices.SortFunc(due, func(a, b *activity) int { return cmp.Compare(a.ScheduledEventId, b.ScheduledEventId) })
	for _, a := range due {
		t.timeOutActivity(a)
	}
}

func (t *transaction) timeOutActivity(a *activity) {
	_, kind := a.nextTimeout()
	failure := timeoutFailure("activity "+kind.String()+" timeout", kind)
	state := enumspb.RETRY_STATE_TIMEOUT
	if kind == enumspb.TIMEOUT_TYPE_START_TO_CLOSE || kind == enumspb.TIMEOUT_TYPE_HEARTBEAT {
		retry := t.decideActivityRetry(a, failure)
		if retry.again() {
			t.retryActivity(a, failure, retry, a.Identity)
			return
		}
		state = retry.state
	}
	switch {
	case state == enumspb.RETRY_STATE_TIMEOUT && kind != enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START && kind != enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE:
		cause := failure
		failure = timeoutFailure(notEnoughTime, enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE)
		failure.Cause = cause
	case kind == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE && a.LastFailure != nil:
		failure = timeoutFailure(notEnoughTime, kind)
		failure.Cause = a.LastFailure
	}
	failure.GetTimeoutFailureInfo().LastHeartbeatDetails = a.HeartbeatDetails
	t.closeActivity(a, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
		Attributes: &historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes{ActivityTaskTimedOutEventAttributes: &historypb.ActivityTaskTimedOutEventAttributes{
			Failure: failure, ScheduledEventId: a.ScheduledEventId, RetryState: state,
		}},
	})
}
