package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
)

// Double stands in for an activity; [OnActivity] makes it.
type Double struct {
	impl  activity.Implementation
	takes time.Duration
	calls int
}

// OnActivity replaces an activity by a function of the test. It is called at the virtual time at which
// an attempt starts, in the test's goroutine, so it must not wait for the workflow; what it returns
// arrives after the time that [Double.Takes] says. A *failure.TimeoutError that it returns counts as
// a time-out of the attempt.
func OnActivity[In, Out any](env *Environment, a activity.Activity[In, Out], fn func(ctx context.Context, in In) (Out, error)) *Double {
	d := &Double{impl: a.Implement(fn)}
	env.activities[a.Name()] = d
	return d
}

// Takes sets how long, in virtual time, each attempt takes; an attempt that takes longer than its
// start-to-close time-out times out.
func (d *Double) Takes(t time.Duration) *Double {
	d.takes = t
	return d
}

// Calls is the number of attempts so far.
func (d *Double) Calls() int { return d.calls }

// attempts is a scheduled activity, from attempt to attempt.
type attempts struct {
	env       *Environment
	attrs     *commandpb.ScheduleActivityTaskCommandAttributes
	scheduled int64
	deadline  time.Time // schedule to close; zero if there is none
	attempt   int32
	next      *appointment // the attempt's end, or the next attempt's start
	running   bool
	cancel    int64 // the event of the request to cancel
}

func (env *Environment) scheduleActivity(c *commandpb.Command, task int64) func() {
	a := c.GetScheduleActivityTaskCommandAttributes()
	at := &attempts{env: env, attrs: a}
	at.scheduled = env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, &historypb.HistoryEvent{
		UserMetadata: c.GetUserMetadata(),
		Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
			ActivityId: a.GetActivityId(), ActivityType: a.GetActivityType(), TaskQueue: a.GetTaskQueue(), Header: a.GetHeader(), Input: a.GetInput(),
			ScheduleToCloseTimeout: a.GetScheduleToCloseTimeout(), ScheduleToStartTimeout: a.GetScheduleToStartTimeout(),
			StartToCloseTimeout: a.GetStartToCloseTimeout(), HeartbeatTimeout: a.GetHeartbeatTimeout(), RetryPolicy: a.GetRetryPolicy(),
			UseWorkflowBuildId: a.GetUseWorkflowBuildId(), WorkflowTaskCompletedEventId: task,
		}},
	})
	if limit := a.GetScheduleToCloseTimeout().AsDuration(); limit > 0 {
		at.deadline = env.journal.now.Add(limit)
	}
	env.open[at.scheduled] = at
	return at.start
}

func (env *Environment) cancelActivity(c *commandpb.Command, task int64) func() {
	scheduled := c.GetRequestCancelActivityTaskCommandAttributes().GetScheduledEventId()
	id := env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes{ActivityTaskCancelRequestedEventAttributes: &historypb.ActivityTaskCancelRequestedEventAttributes{
			ScheduledEventId: scheduled, WorkflowTaskCompletedEventId: task,
		}},
	})
	at, ok := env.open[scheduled]
	if !ok {
		return func() {}
	}
	at.cancel = id
	return at.canceled
}

// start runs the next attempt; its outcome arrives when the attempt's time is over.
func (at *attempts) start() {
	if at.cancel != 0 {
		return
	}
	at.attempt++
	at.running = true
	result, err := at.call()
	takes := time.Duration(0)
	if d, ok := at.env.activities[at.attrs.GetActivityType().GetName()]; ok {
		takes = d.takes
	}
	if limit := at.attrs.GetStartToCloseTimeout().AsDuration(); limit > 0 && takes > limit {
		takes, err = limit, failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil)
	}
	end := at.env.journal.now.Add(takes)
	if !at.deadline.IsZero() && end.After(at.deadline) {
		end, err = at.deadline, failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)
	}
	at.next = at.env.agenda.add(end, func() { at.end(result, err) })
}

// call runs the double, or says that there is none.
func (at *attempts) call() (result *commonpb.Payloads, err error) {
	name := at.attrs.GetActivityType().GetName()
	d, ok := at.env.activities[name]
	if !ok {
		return nil, failure.NewNonRetryableApplicationError(
			fmt.Sprintf("the test has no activity %s: replace it with workflowtest.OnActivity, or register it", name), "ActivityNotRegisteredError", nil)
	}
	d.calls++
	defer func() {
		if v := recover(); v != nil {
			err = failure.NewPanicError(v, string(debug.Stack()))
		}
	}()
	return d.impl.Execute(context.Background(), at.env.opts.DataConverter, at.attrs.GetInput())
}

// end takes an attempt's outcome: it closes the activity, or plans the next attempt.
func (at *attempts) end(result *commonpb.Payloads, err error) {
	at.running = false
	if err == nil {
		started := at.close()
		at.env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
				Result: result, ScheduledEventId: at.scheduled, StartedEventId: started,
			}},
		})
		return
	}
	delay, state := at.retry(err)
	if state == enumspb.RETRY_STATE_IN_PROGRESS {
		at.next = at.env.agenda.add(at.env.journal.now.Add(delay), at.start)
		return
	}
	f := failure.FromError(at.env.opts.DataConverter, err)
	started := at.close()
	if f.GetTimeoutFailureInfo() != nil {
		at.env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes{ActivityTaskTimedOutEventAttributes: &historypb.ActivityTaskTimedOutEventAttributes{
				Failure: f, ScheduledEventId: at.scheduled, StartedEventId: started, RetryState: state,
			}},
		})
		return
	}
	at.env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
			Failure: f, ScheduledEventId: at.scheduled, StartedEventId: started, RetryState: state,
		}},
	})
}

// canceled ends the activity as one that obeys at once.
func (at *attempts) canceled() {
	var started int64
	if at.running {
		started = at.close()
	} else {
		at.forget()
	}
	at.env.agenda.remove(at.next)
	at.env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskCanceledEventAttributes{ActivityTaskCanceledEventAttributes: &historypb.ActivityTaskCanceledEventAttributes{
			ScheduledEventId: at.scheduled, StartedEventId: started, LatestCancelRequestedEventId: at.cancel,
		}},
	})
}

// close writes ActivityTaskStarted, which histories have only together with the close.
func (at *attempts) close() (started int64) {
	at.forget()
	return at.env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{
			ScheduledEventId: at.scheduled, Attempt: at.attempt,
		}},
	})
}

func (at *attempts) forget() {
	delete(at.env.open, at.scheduled)
	at.env.journal.news = true
}

// retry decides as the server does: RETRY_STATE_IN_PROGRESS and the wait, or why there is no retry.
func (at *attempts) retry(err error) (time.Duration, enumspb.RetryState) {
	p := at.attrs.GetRetryPolicy()
	if at.attempt == p.GetMaximumAttempts() {
		return 0, enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED
	}
	delay := backoff(p, at.attempt)
	f := failure.FromError(at.env.opts.DataConverter, err)
	if !retryable(f, p) {
		return 0, enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE
	}
	var app *failure.ApplicationError
	if errors.As(err, &app) && app.NextRetryDelay() > 0 {
		delay = app.NextRetryDelay()
	}
	if !at.deadline.IsZero() && at.env.journal.now.Add(delay).After(at.deadline) {
		return 0, enumspb.RETRY_STATE_TIMEOUT
	}
	return delay, enumspb.RETRY_STATE_IN_PROGRESS
}

func retryable(f *failurepb.Failure, p *commonpb.RetryPolicy) bool {
	if t := f.GetTimeoutFailureInfo(); t != nil {
		kind := t.GetTimeoutType()
		return kind == enumspb.TIMEOUT_TYPE_START_TO_CLOSE || kind == enumspb.TIMEOUT_TYPE_HEARTBEAT
	}
	if f.GetCanceledFailureInfo() != nil || f.GetTerminatedFailureInfo() != nil {
		return false
	}
	app := f.GetApplicationFailureInfo()
	return !app.GetNonRetryable() && !slices.Contains(p.GetNonRetryableErrorTypes(), app.GetType())
}

// backoff is the wait after an attempt: by default a second, doubled each time, at most a hundred
// times the first.
func backoff(p *commonpb.RetryPolicy, attempt int32) time.Duration {
	initial, coefficient := p.GetInitialInterval().AsDuration(), p.GetBackoffCoefficient()
	if initial <= 0 {
		initial = time.Second
	}
	if coefficient < 1 {
		coefficient = 2
	}
	limit := p.GetMaximumInterval().AsDuration()
	if limit <= 0 {
		limit = 100 * initial
	}
	wait := float64(initial)
	for i := int32(1); i < attempt && wait < float64(limit); i++ {
		wait *= coefficient
	}
	return min(time.Duration(wait), limit)
}
