package engine

import (
	"cmp"
	"context"
	"strconv"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// LocalActivityCall is what workflow code asks for.
type LocalActivityCall struct {
	Type    string
	Input   *commonpb.Payloads
	Header  map[string]*commonpb.Payload
	Summary string
	// ScheduleToClose limits all attempts together, StartToClose each; zero is none.
	ScheduleToClose, StartToClose time.Duration
	// RetryPolicy says when an attempt that failed is made again; nil takes the defaults.
	RetryPolicy *commonpb.RetryPolicy
}

// LocalActivity is an activity that the worker runs while the workflow task stays open: attempt by attempt, until it
// has an outcome for [Execution.Resolve]. Its fields do not change.
type LocalActivity struct {
	LocalActivityCall
	// ID is unique in the run, and another when the activity goes on after a timer.
	ID string
	// WorkflowType is the run's.
	WorkflowType string
	// Attempt is the number of the first attempt to make.
	Attempt int32
	// Scheduled is when the workflow asked for it, in the workflow's time.
	Scheduled time.Time
	// Left is what is left of ScheduleToClose, from now on. It counts only where there is that limit.
	Left time.Duration
	// Canceled ends when the workflow cancels the activity, by a *failure.CanceledError as its cause, or when nobody
	// waits for it any more, by attempt.ErrGone.
	Canceled context.Context //nolint:containedctx // it stands for the activity, as a request's does for the request

	course      *localCourse
	metadata    *sdkpb.UserMetadata
	taskTimeout time.Duration
	meter       meter
	end         context.CancelCauseFunc
}

// Info says of an attempt at the activity what all have in common.
func (a *LocalActivity) Info(namespace, queue string, run *commonpb.WorkflowExecution) attempt.Info {
	return attempt.Info{
		Namespace: namespace, WorkflowID: run.GetWorkflowId(), RunID: run.GetRunId(), WorkflowType: a.WorkflowType,
		ActivityID: a.ID, ActivityType: a.Type, TaskQueue: queue, IsLocalActivity: true,
		ScheduledTime: a.Scheduled, ScheduleToCloseTimeout: a.ScheduleToClose, StartToCloseTimeout: a.StartToClose,
	}
}

// localCourse is a local activity as the workflow sees it: some attempts within a workflow task, a timer where the
// back-off is longer than such a task may be, then attempts again.
type localCourse struct {
	env      *Env
	call     LocalActivityCall
	since    time.Time
	present  *LocalActivity // nil during a back-off
	wake     func()         // ends the back-off by cancelling its timer; nil without one
	canceled bool
	done     func(*commonpb.Payloads, error)
}

// locals are the local activities that have no outcome yet.
type locals struct {
	count   int64
	pending map[string]*LocalActivity
	fresh   []*LocalActivity // not given to the worker yet
	ended   uint32           // attempts in the present task at those that have an outcome; see metering
}

// ExecuteLocalActivity has the worker run an activity; done is called once. The returned function asks it to cancel;
// done is then called with a *failure.CanceledError, unless it has ended meanwhile.
func (e *Env) ExecuteLocalActivity(call LocalActivityCall, done func(*commonpb.Payloads, error)) (cancel func()) {
	e.MustBeWritable("run a local activity")
	if e.discard() {
		return func() {}
	}
	call.RetryPolicy = attempt.Policy(call.RetryPolicy)
	c := &localCourse{env: e, call: call, since: e.now, done: done}
	c.start(1)
	return c.cancel
}

// start has the worker make attempts, beginning with that number. What is cancelled already it resolves at once.
func (c *localCourse) start(number int32) {
	l := &c.env.locals
	l.count++
	a := &LocalActivity{
		LocalActivityCall: c.call, ID: strconv.FormatInt(l.count, 10), WorkflowType: c.env.info.WorkflowType,
		Attempt: number, Scheduled: c.since,
		Left: c.call.ScheduleToClose - c.env.now.Sub(c.since), course: c, metadata: c.env.metadata(c.call.Summary),
		taskTimeout: cmp.Or(c.env.info.TaskTimeout, defaultTaskTimeout),
	}
	a.Canceled, a.end = context.WithCancelCause(context.Background())
	if c.canceled {
		a.end(failure.NewCanceledError())
	}
	c.present = a
	if l.pending == nil {
		l.pending = map[string]*LocalActivity{}
	}
	l.pending[a.ID] = a
	l.fresh = append(l.fresh, a)
}

func (c *localCourse) cancel() {
	if c.canceled || c.env.discard() {
		return
	}
	c.canceled = true
	switch {
	case c.wake != nil:
		c.wake()
	case c.present != nil:
		c.present.end(failure.NewCanceledError())
	}
}

// resolved takes what the present attempts came to: the end, or a back-off that a timer waits for. A back-off that is
// cancelled leads to one more attempt, which is cancelled before it begins.
func (c *localCourse) resolved(m localMarker, result *commonpb.Payloads, err error) {
	c.present.end(nil)
	c.present = nil
	if err == nil || m.Backoff <= 0 || failure.IsCanceled(err) {
		c.done(result, err)
		return
	}
	c.wake = c.env.StartTimer(m.Backoff, "Sleep", func(error) {
		c.wake = nil
		c.start(m.Attempt + 1)
	})
}

// take is what the worker has to begin.
func (l *locals) take() []*LocalActivity {
	var out []*LocalActivity
	for _, a := range l.fresh {
		if l.pending[a.ID] == a {
			out = append(out, a)
		}
	}
	l.fresh = nil
	return out
}

// abandon tells those that run that nobody waits for them.
func (l *locals) abandon() {
	for _, a := range l.pending {
		a.end(attempt.ErrGone)
	}
	l.pending, l.fresh = nil, nil
}
