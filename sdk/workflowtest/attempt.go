package workflowtest

import (
	"fmt"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/internal/propagation"
)

// running is one attempt under way.
type running struct {
	*code
	of    *attempts
	info  attempt.Info
	wake  *appointment // when the code, or its outcome, goes on
	limit *appointment // the next time-out

	mu     sync.Mutex // guards what follows: an activity may record heartbeats from goroutines of its own
	now    time.Time
	beat   time.Time // the last heartbeat, or the start
	cancel bool      // the next heartbeat learns of it
	told   error     // and of this
	over   bool      // heartbeats are of no more use
}

// start runs the next attempt.
func (at *attempts) start() {
	if at.cancel != 0 {
		return
	}
	at.number++
	at.begins++
	env := at.env
	task := &workflowservice.PollActivityTaskQueueResponse{
		TaskToken:         fmt.Appendf(nil, "%s/%d/%d", env.id().GetRunId(), at.scheduled, at.begins),
		WorkflowType:      env.task.GetWorkflowType(),
		WorkflowExecution: env.task.GetWorkflowExecution(),
		ActivityType:      at.event.GetActivityType(),
		ActivityId:        at.event.GetActivityId(),
		Input:             at.event.GetInput(),
		Header:            at.event.GetHeader(),
		Attempt:           at.number,
		ScheduledTime:     timestamppb.New(at.since), CurrentAttemptScheduledTime: timestamppb.New(env.journal.now),
		StartedTime:            timestamppb.New(env.journal.now),
		ScheduleToCloseTimeout: at.event.GetScheduleToCloseTimeout(),
		StartToCloseTimeout:    at.event.GetStartToCloseTimeout(),
		HeartbeatTimeout:       at.event.GetHeartbeatTimeout(),
		HeartbeatDetails:       at.details,
	}
	r := &running{
		code: newCode(background), of: at, beat: env.journal.now,
		info: attempt.InfoOf(task, namespace, at.event.GetTaskQueue().GetName(), env.journal.now),
	}
	at.running, at.started = r, env.journal.now
	r.play(env.double(at.event.GetActivityType().GetName()), &attempt.Env{
		Info: r.info, DataConverter: env.opts.DataConverter, Logger: attempt.NamedLogger(env.opts.Logger, r.info),
		HeartbeatDetails: at.details, Heartbeat: r.heartbeat,
		Header: task.GetHeader().GetFields(), Interceptors: aroundActivities(propagation.Before(env.opts.Interceptors, env.opts.ContextPropagators)),
	}, task.GetInput())
	r.step()
}

// step lets the code go on. What it returns is looked at later, at the same virtual time: when all that the
// workflow asked for has begun.
func (r *running) step() {
	r.mu.Lock()
	r.now = r.of.env.journal.now
	r.mu.Unlock()
	pause, sleeps := r.next()
	switch {
	case sleeps:
		r.wake = r.plan(r.now.Add(pause), r.step)
	case r.pending():
		r.wake = nil
	default:
		r.wake = r.plan(r.now, func() { r.finish(r.result, r.err) })
	}
	r.watch() // after that, so that what happens at the very time of a time-out is in time
}

func (r *running) plan(at time.Time, act func()) *appointment { return r.of.env.agenda.add(at, act) }

// watch plans the time-out that comes first.
func (r *running) watch() {
	var (
		first time.Time
		which enumspb.TimeoutType
	)
	consider := func(due time.Time, kind enumspb.TimeoutType) {
		if first.IsZero() || due.Before(first) {
			first, which = due, kind
		}
	}
	if !r.of.deadline.IsZero() {
		consider(r.of.deadline, enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE)
	}
	if d := r.info.StartToCloseTimeout; d > 0 {
		consider(r.info.StartedTime.Add(d), enumspb.TIMEOUT_TYPE_START_TO_CLOSE)
	}
	if d := r.info.HeartbeatTimeout; d > 0 && !r.returned {
		consider(r.lastBeat().Add(d), enumspb.TIMEOUT_TYPE_HEARTBEAT)
	}
	r.of.env.agenda.remove(r.limit)
	if !first.IsZero() && !r.of.paused {
		r.limit = r.plan(first, func() { r.timeOut(which) })
	}
}

func (r *running) lastBeat() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.beat
}

func (r *running) timeOut(kind enumspb.TimeoutType) {
	cause := attempt.ErrTimeout
	if kind == enumspb.TIMEOUT_TYPE_HEARTBEAT {
		cause = attempt.ErrHeartbeatTimeout
	}
	r.abandon(cause)
	r.of.timedOut(timeoutFailure("activity "+kind.String()+" timeout", kind))
}

// finish takes the outcome.
func (r *running) finish(result *commonpb.Payloads, err error) {
	r.abandon(nil)
	r.of.ended(result, err)
}

// abandon ends the attempt's context and lets the code return; what it returns then is of no more use.
func (r *running) abandon(cause error) {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.of.running = nil
	r.of.env.agenda.remove(r.wake)
	r.of.env.agenda.remove(r.limit)
	r.leave(cause)
}

// heartbeat takes one; as in production, it is the heartbeat that tells the activity to cancel.
func (r *running) heartbeat(details *commonpb.Payloads) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	r.beat, r.of.details = r.now, details
	if fn := r.of.env.onHeartbeat; fn != nil {
		fn(Heartbeat{Activity: activity.Info(r.info), Time: r.now, details: details, dc: r.of.env.opts.DataConverter})
	}
	switch {
	case r.cancel:
		r.end(failure.NewCanceledError())
	case r.told != nil:
		r.end(r.told)
	}
}
