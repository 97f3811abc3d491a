package machine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
)

// decideActivity handles what becomes of a started activity, by token or by id.
func (t *transaction) decideActivity(request proto.Message) (reply proto.Message, handled bool, err error) {
	switch q := request.(type) {
	case *workflowservice.RespondActivityTaskCompletedRequest:
		err = t.byToken(q.TaskToken, func(a *activity) error { return t.completeActivity(a, q.Result, q.Identity) })
		reply = &workflowservice.RespondActivityTaskCompletedResponse{}
	case *workflowservice.RespondActivityTaskCompletedByIdRequest:
		err = t.completeByID(q)
		reply = &workflowservice.RespondActivityTaskCompletedByIdResponse{}
	case *workflowservice.RespondActivityTaskFailedRequest:
		failed := &workflowservice.RespondActivityTaskFailedResponse{}
		err = t.byToken(q.TaskToken, func(a *activity) (err error) {
			failed.Failures, err = t.failBounded(a, q.Failure, q.LastHeartbeatDetails, q.Identity)
			return err
		})
		reply = failed
	case *workflowservice.RespondActivityTaskFailedByIdRequest:
		failed := &workflowservice.RespondActivityTaskFailedByIdResponse{}
		err = t.byID(q.WorkflowId, q.RunId, q.ActivityId, func(a *activity) (err error) {
			failed.Failures, err = t.failBounded(a, q.Failure, q.LastHeartbeatDetails, q.Identity)
			return err
		})
		reply = failed
	case *workflowservice.RespondActivityTaskCanceledRequest:
		err = t.byToken(q.TaskToken, func(a *activity) error { return t.activityCanceled(a, q.Details, q.Identity) })
		reply = &workflowservice.RespondActivityTaskCanceledResponse{}
	case *workflowservice.RespondActivityTaskCanceledByIdRequest:
		err = t.byID(q.WorkflowId, q.RunId, q.ActivityId, func(a *activity) error { return t.activityCanceled(a, q.Details, q.Identity) })
		reply = &workflowservice.RespondActivityTaskCanceledByIdResponse{}
	case *workflowservice.RecordActivityTaskHeartbeatRequest:
		beat := &workflowservice.RecordActivityTaskHeartbeatResponse{}
		err = t.byToken(q.TaskToken, func(a *activity) error {
			beat.CancelRequested, beat.ActivityPaused, beat.ActivityReset = t.heartbeat(a, q.Details)
			return nil
		})
		reply = beat
	case *workflowservice.RecordActivityTaskHeartbeatByIdRequest:
		beat := &workflowservice.RecordActivityTaskHeartbeatByIdResponse{}
		err = t.byID(q.WorkflowId, q.RunId, q.ActivityId, func(a *activity) error {
			beat.CancelRequested, beat.ActivityPaused, beat.ActivityReset = t.heartbeat(a, q.Details)
			return nil
		})
		reply = beat
	default:
		return nil, false, nil
	}
	return reply, true, err
}

func (t *transaction) byToken(encoded []byte, then func(*activity) error) error {
	token, err := decodeToken(encoded)
	if err != nil {
		return err
	}
	r := t.run
	if r == nil || r.runID != token.Task.RunId || !r.Open() {
		return t.notFound(token.Task.WorkflowId)
	}
	a := r.activities[token.Task.ScheduledEventId]
	if a == nil || a.numbered() != token.Task.Attempt || a.Stamp != token.Task.Stamp || a.StartedTime == 0 || a.RequestId != token.RequestId {
		return serviceerror.NewNotFoundf("activity %d of workflow %q: not pending, or another attempt runs", token.Task.ScheduledEventId, token.Task.WorkflowId)
	}
	return then(a)
}

// byID finds a started activity by its id.
func (t *transaction) byID(workflowID, runID, activityID string, then func(*activity) error) error {
	a, err := t.pendingByID(workflowID, runID, activityID)
	if err != nil {
		return err
	}
	if a.StartedTime == 0 {
		return serviceerror.NewNotFoundf("activity %q of workflow %q: no attempt is running", activityID, workflowID)
	}
	return then(a)
}

// completeByID also completes an activity that nobody has started, or that waits for
// its next attempt: whoever answers for it has done its work.
func (t *transaction) completeByID(q *workflowservice.RespondActivityTaskCompletedByIdRequest) error {
	a, err := t.pendingByID(q.WorkflowId, q.RunId, q.ActivityId)
	if err != nil {
		return err
	}
	if a.StartedTime == 0 {
		t.startActivity(a, "", q.Identity) // nobody asked for it: the event has no request id, as with Temporal
	}
	return t.completeActivity(a, q.Result, q.Identity)
}

func (t *transaction) pendingByID(workflowID, runID, activityID string) (*activity, error) {
	r, err := t.openRun(workflowID, runID)
	if err != nil {
		return nil, err
	}
	id, found := r.activityIDs[activityID]
	if !found {
		return nil, serviceerror.NewNotFoundf("cannot find pending activity with ActivityID %s, check workflow execution history for more details", activityID)
	}
	return r.activities[id], nil
}

func (t *transaction) completeActivity(a *activity, result *commonpb.Payloads, identity string) error {
	if t.tooLarge(result) {
		return t.failActivity(a, serverFailure(resultTooLarge), nil, identity)
	}
	t.closeActivity(a, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
		Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
			Result: result, ScheduledEventId: a.ScheduledEventId, Identity: identity,
		}},
	})
	return nil
}

func (t *transaction) failActivity(a *activity, failure *failurepb.Failure, details *commonpb.Payloads, identity string) error {
	if details != nil {
		t.change(&recordpb.Change{Change: &recordpb.Change_ActivityHeartbeat{ActivityHeartbeat: &recordpb.ActivityHeartbeat{
			ScheduledEventId: a.ScheduledEventId, Time: t.now, Details: details,
		}}})
	}
	retry := t.decideActivityRetry(a, failure)
	if retry.again() {
		t.retryActivity(a, failure, retry, identity)
		return nil
	}
	t.closeActivity(a, &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
			Failure: failure, ScheduledEventId: a.ScheduledEventId, Identity: identity, RetryState: retry.state,
		}},
	})
	return nil
}

func (t *transaction) activityCanceled(a *activity, details *commonpb.Payloads, identity string) error {
	if !a.CancelRequested {
		return serviceerror.NewInvalidArgumentf("activity %q: its cancellation was not requested", a.ActivityId)
	}
	if t.tooLarge(details) {
		return t.failActivity(a, serverFailure(detailsTooLarge), nil, identity)
	}
	t.closeActivity(a, canceledEvent(a, details, identity))
	return nil
}

func canceledEvent(a *activity, details *commonpb.Payloads, identity string) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED,
		Attributes: &historypb.HistoryEvent_ActivityTaskCanceledEventAttributes{ActivityTaskCanceledEventAttributes: &historypb.ActivityTaskCanceledEventAttributes{
			Details: details, LatestCancelRequestedEventId: a.CancelRequestedEventId, ScheduledEventId: a.ScheduledEventId, Identity: identity,
		}},
	}
}

// closeActivity writes the start of the last attempt only now, together with its end.
func (t *transaction) closeActivity(a *activity, end *historypb.HistoryEvent) {
	if a.StartedTime == 0 {
		t.arrive(end)
		return
	}
	t.arrive(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, EventTime: timestamp(a.StartedTime),
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{
			ScheduledEventId: a.ScheduledEventId, Identity: a.Identity, RequestId: a.RequestId, Attempt: a.Attempt, LastFailure: a.LastFailure,
		}},
	}, end)
}

func (t *transaction) decideActivityRetry(a *activity, failure *failurepb.Failure) retryDecision {
	if a.CancelRequested {
		return retryDecision{state: enumspb.RETRY_STATE_CANCEL_REQUESTED}
	}
	if policy := a.scheduled.RetryPolicy; a.Pause != nil && policy != nil && retryable(failure, policy.NonRetryableErrorTypes) {
		return retryDecision{state: enumspb.RETRY_STATE_IN_PROGRESS} // when it goes on, however many attempts there were
	}
	var expiration int64
	if limit := a.scheduled.ScheduleToCloseTimeout.AsDuration(); limit > 0 {
		expiration = later(a.ScheduledTime, limit)
	}
	return decideRetry(a.scheduled.RetryPolicy, failure, a.Attempt, t.now, expiration)
}

func (t *transaction) retryActivity(a *activity, failure *failurepb.Failure, retry retryDecision, identity string) {
	due := later(t.now, retry.wait)
	if a.Pause != nil {
		due = a.DueTime
	}
	t.change(&recordpb.Change{Change: &recordpb.Change_ActivityRetrying{ActivityRetrying: &recordpb.ActivityRetrying{
		ScheduledEventId: a.ScheduledEventId, Attempt: a.Attempt + 1, DueTime: due, Failure: failure, LastIdentity: identity,
	}}})
}

func (r *Run) applyActivityRetrying(c *recordpb.ActivityRetrying, now int64) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	a.Attempt, a.DueTime, a.LastFailure, a.LastIdentity = c.Attempt, c.DueTime, c.Failure, c.LastIdentity
	a.StartedTime, a.RequestId, a.Identity, a.Queued, a.LastAttemptCompleteTime = 0, "", "", nil, now
	a.attemptOver()
	r.queueDue(now)
	return nil
}

// heartbeat tells whether the activity is to be canceled, is paused, and was reset.
func (t *transaction) heartbeat(a *activity, details *commonpb.Payloads) (cancel, paused, reset bool) {
	if t.tooLarge(details) {
		_ = t.failActivity(a, serverFailure(heartbeatTooLarge), nil, a.Identity) // it refuses nothing
		return true, false, false
	}
	t.change(&recordpb.Change{Change: &recordpb.Change_ActivityHeartbeat{ActivityHeartbeat: &recordpb.ActivityHeartbeat{
		ScheduledEventId: a.ScheduledEventId, Time: t.now, Details: details,
	}}})
	return a.CancelRequested, a.Pause != nil, a.WasReset
}

func (r *Run) applyActivityHeartbeat(c *recordpb.ActivityHeartbeat) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	a.HeartbeatTime, a.HeartbeatDetails = c.Time, c.Details
	return nil
}
