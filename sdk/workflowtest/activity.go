package workflowtest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// attempts is a scheduled activity, from attempt to attempt.
type attempts struct {
	env       *Environment
	event     *historypb.ActivityTaskScheduledEventAttributes
	scheduled int64
	since     time.Time
	deadline  time.Time // schedule to close; zero if there is none
	number    int32     // of the attempt started last
	started   time.Time // when that was; zero while none is under way
	running   *running  // that attempt; nil if it is over
	next      *appointment
	last      *failurepb.Failure // of the attempt before
	details   *commonpb.Payloads // of the last heartbeat
	cancel    int64              // the event of the request to cancel
	paused    bool
	begins    int // of attempts: a reset gives two the same number
}

// refusal is why the server would refuse to schedule an activity: the workflow's task would fail there, again
// and again.
func (env *Environment) refusal(a *commandpb.ScheduleActivityTaskCommandAttributes) error {
	why := badPolicy(a.GetRetryPolicy())
	switch {
	case a.GetHeartbeatTimeout().AsDuration() < 0, a.GetStartToCloseTimeout().AsDuration() < 0,
		a.GetScheduleToStartTimeout().AsDuration() < 0, a.GetScheduleToCloseTimeout().AsDuration() < 0:
		why = "a time-out is negative"
	case env.isOpen(a.GetActivityId()):
		why = "another open activity has that id: choose another ActivityID, or leave it out"
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("activity %s (id %s) cannot be scheduled: %s", a.GetActivityType().GetName(), a.GetActivityId(), why)
}

func (env *Environment) isOpen(activityID string) bool {
	for _, at := range env.open {
		if at.event.GetActivityId() == activityID {
			return true
		}
	}
	return false
}

func (env *Environment) scheduleActivity(c *commandpb.Command, task int64) func() {
	a := c.GetScheduleActivityTaskCommandAttributes()
	event := &historypb.ActivityTaskScheduledEventAttributes{
		ActivityId: a.GetActivityId(), ActivityType: a.GetActivityType(), TaskQueue: a.GetTaskQueue(), Header: a.GetHeader(), Input: a.GetInput(),
		ScheduleToCloseTimeout: a.GetScheduleToCloseTimeout(), ScheduleToStartTimeout: a.GetScheduleToStartTimeout(),
		StartToCloseTimeout: a.GetStartToCloseTimeout(), HeartbeatTimeout: a.GetHeartbeatTimeout(), RetryPolicy: attempt.Policy(a.GetRetryPolicy()),
		UseWorkflowBuildId: a.GetUseWorkflowBuildId(), WorkflowTaskCompletedEventId: task,
	}
	at := &attempts{env: env, event: event, since: env.journal.now}
	if limit := a.GetScheduleToCloseTimeout().AsDuration(); limit > 0 {
		at.deadline = at.since.Add(limit)
		if once := a.GetStartToCloseTimeout().AsDuration(); once == 0 || once > limit {
			event.StartToCloseTimeout = durationpb.New(limit)
		}
	}
	at.scheduled = env.journal.write(enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, &historypb.HistoryEvent{
		UserMetadata: c.GetUserMetadata(),
		Attributes:   &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{ActivityTaskScheduledEventAttributes: event},
	})
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
	return at.cancelRequested
}

// cancelRequested ends at once what no code is at work for; an attempt learns of it by its next
// heartbeat.
func (at *attempts) cancelRequested() {
	r := at.running
	switch {
	case r == nil:
		at.env.agenda.remove(at.next)
		at.canceled(notStarted())
	case r.returned && !r.pending():
		r.abandon(nil)
		at.canceled(nil)
	default:
		r.mu.Lock()
		r.cancel = true
		r.mu.Unlock()
	}
}

// CompleteActivity ends an activity that returned activity.ErrResultPending, as client.CompleteActivity
// does: with result if err is nil, as canceled if err is a *failure.CanceledError and the workflow has cancelled
// it, else as failed. The token is that of activity.Info. The error is serviceerror.NotFound when that
// attempt does not wait any more. Until then only the start-to-close and schedule-to-close time-outs end it.
func (env *Environment) CompleteActivity(token []byte, result any, err error) error {
	r := env.world.pending(token)
	if r == nil {
		return serviceerror.NewNotFoundf("no activity of the token %q waits to be completed", token)
	}
	payloads, encodeErr := converter.Encode(env.opts.DataConverter, result)
	if err == nil && encodeErr != nil {
		return fmt.Errorf("result of activity %s: %w", r.info.ActivityType, encodeErr)
	}
	r.of.env.happens(func() {
		if r.of.running == r {
			r.finish(payloads, err)
		}
	})
	return nil
}

// pending is the attempt of that token whose outcome is still to come; nil if there is none.
func (w *world) pending(token []byte) *running {
	for _, env := range w.open {
		for _, at := range env.open {
			if r := at.running; r != nil && r.pending() && string(r.info.TaskToken) == string(token) {
				return r
			}
		}
	}
	return nil
}

// abandonActivities ends those that the workflow has left running.
func (env *Environment) abandonActivities(cause error) {
	for _, scheduled := range slices.Sorted(maps.Keys(env.open)) {
		if r := env.open[scheduled].running; r != nil {
			r.abandon(cause)
		}
	}
}
