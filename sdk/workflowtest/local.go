package workflowtest

import (
	"context"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/internal/propagation"
)

// taskLimit is how long a workflow task may take, heartbeatAfter when one is replaced that local activities keep open.
const (
	taskLimit      = 10 * time.Second
	heartbeatAfter = taskLimit * 8 / 10
)

// locals are the local activities of the run. While a workflow task waits for them the virtual time goes by for them
// alone: what else is due meanwhile happens, at its own time, when the task is completed; see catchUp.
type locals struct {
	waiting  bool // a task does
	open     []*localRun
	agenda   agenda
	outcomes []localOutcome
}

type localOutcome struct {
	of *engine.LocalActivity
	engine.LocalOutcome
}

// localRun makes the attempts at a local activity.
type localRun struct {
	env      *Environment
	of       *engine.LocalActivity
	deadline time.Time    // schedule to close; zero if there is none
	number   int32        // of the attempt
	code     *code        // of the attempt; nil between two
	next     *appointment // when the code, its outcome, or the next attempt goes on
	expiry   time.Time    // of the attempt
	limit    *appointment // then
}

// awaitLocals runs local activities until the open task can be completed, or a heartbeat is due.
func (env *Environment) awaitLocals() (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	l, begin := &env.locals, env.journal.now
	l.waiting = true
	defer func() { l.waiting = false }()
	for {
		for _, a := range env.run.LocalActivities() {
			env.startLocal(a)
		}
		l.cancel()
		if len(l.outcomes) > 0 {
			o := l.outcomes[0]
			l.outcomes = l.outcomes[1:]
			o.Elapsed = env.journal.now.Sub(begin)
			done, err := env.run.Resolve(background, o.of, o.LocalOutcome)
			if done != nil || err != nil {
				return done, err
			}
			continue
		}
		due := l.agenda.due(begin.Add(heartbeatAfter))
		if due == nil {
			env.journal.now = begin.Add(heartbeatAfter)
			return env.run.Heartbeat(background), nil
		}
		env.journal.now = due.at
		due.act()
	}
}

// catchUp lets happen what was due since a workflow task began, each thing at its own time; other workflows have
// their tasks meanwhile.
func (env *Environment) catchUp(begin time.Time) {
	now := env.journal.now
	env.journal.now = begin
	for env.closed == nil {
		env.world.attend()
		next := env.agenda.due(now)
		if next == nil {
			break
		}
		if next.at.After(env.journal.now) {
			env.journal.now = next.at
		}
		next.act()
	}
	if env.journal.now.Before(now) {
		env.journal.now = now
	}
}

func (env *Environment) startLocal(a *engine.LocalActivity) {
	r := &localRun{env: env, of: a, number: a.Attempt}
	if a.ScheduleToClose > 0 {
		r.deadline = env.journal.now.Add(a.Left)
	}
	env.locals.open = append(env.locals.open, r)
	r.start()
}

// start makes an attempt.
func (r *localRun) start() {
	if r.of.Canceled.Err() != nil {
		return // its end is taken note of by who let this happen
	}
	env := r.env
	r.of.Begin()
	info := r.of.Info(namespace, env.started.GetTaskQueue().GetName(), env.task.GetWorkflowExecution())
	info.Attempt, info.StartedTime, info.CurrentAttemptScheduledTime = r.number, env.journal.now, env.journal.now
	info.Deadline = r.timeOut()
	r.code = newCode(r.of.Canceled)
	r.code.play(env.double(r.of.Type), &attempt.Env{
		Info: info, DataConverter: env.opts.DataConverter, Logger: attempt.NamedLogger(env.opts.Logger, info),
		Header: r.of.Header, Interceptors: aroundActivities(propagation.Before(env.opts.Interceptors, env.opts.ContextPropagators)),
	}, r.of.Input)
	r.expiry = info.Deadline
	r.step()
}

// timeOut is when an attempt that begins now is over.
func (r *localRun) timeOut() time.Time {
	once := r.of.StartToClose
	if once == 0 {
		return r.deadline
	}
	end := r.env.journal.now.Add(once)
	if !r.deadline.IsZero() && r.deadline.Before(end) {
		return r.deadline
	}
	return end
}

// step lets the code go on. What it returns is looked at when all that the workflow asked for has begun.
func (r *localRun) step() {
	now, agenda := r.env.journal.now, &r.env.locals.agenda
	if pause, sleeps := r.code.next(); sleeps {
		r.next = agenda.add(now.Add(pause), r.step)
	} else {
		r.next = agenda.add(now, r.returned)
	}
	agenda.remove(r.limit)
	r.limit = agenda.add(r.expiry, r.expire) // after that, so that what happens at this very time is in time
}

func (r *localRun) returned() {
	result, err := r.code.result, r.code.err
	if r.code.pending() {
		err = attempt.ErrNoLaterResult
	}
	r.leave(nil)
	r.ended(result, err)
}

func (r *localRun) expire() {
	r.leave(attempt.ErrTimeout)
	all := !r.deadline.IsZero() && !r.expiry.Before(r.deadline)
	r.ended(nil, failure.ToError(r.env.opts.DataConverter, attempt.LocalTimeout(all)))
}

// ended takes an attempt's end.
func (r *localRun) ended(result *commonpb.Payloads, err error) {
	if err == nil {
		r.outcome(engine.LocalOutcome{Result: result})
		return
	}
	f, now := failure.FromError(r.env.opts.DataConverter, err), r.env.journal.now
	wait, again := r.of.Next(r.number, f, r.deadline.Sub(now))
	if !again {
		r.outcome(engine.LocalOutcome{Failure: f, Backoff: wait})
		return
	}
	r.number++
	r.next = r.env.locals.agenda.add(now.Add(wait), r.start)
}

func (r *localRun) outcome(o engine.LocalOutcome) {
	l := &r.env.locals
	l.open = slices.DeleteFunc(l.open, func(other *localRun) bool { return other == r })
	o.Attempt = r.number
	l.outcomes = append(l.outcomes, localOutcome{r.of, o})
}

// leave ends the present attempt, if there is one.
func (r *localRun) leave(cause error) {
	r.env.locals.agenda.remove(r.next)
	r.env.locals.agenda.remove(r.limit)
	if c := r.code; c != nil {
		r.code = nil
		c.leave(cause)
	}
}

// cancel ends those that the workflow has cancelled.
func (l *locals) cancel() {
	for _, r := range slices.Clone(l.open) {
		if cause := context.Cause(r.of.Canceled); cause != nil {
			r.leave(cause)
			r.outcome(engine.LocalOutcome{Failure: failure.FromError(r.env.opts.DataConverter, cause)})
		}
	}
}

// abandon ends all of them: the run is over.
func (l *locals) abandon() {
	for _, r := range l.open {
		r.leave(attempt.ErrGone)
	}
	l.open = nil
}
