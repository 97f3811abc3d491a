package worker

import (
	"context"
	"errors"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// localRun makes the attempts at one local activity.
type localRun struct {
	w      *Worker
	of     *engine.LocalActivity
	info   attempt.Info
	ctx    context.Context //nolint:containedctx // all attempts are within it: it ends with the activity's time, its cancellation, the worker
	end    func()
	expiry time.Time // when the schedule-to-close time-out is over; zero without one
}

func (w *Worker) newLocalRun(task *workflowservice.PollWorkflowTaskQueueResponse, a *engine.LocalActivity) *localRun {
	r := &localRun{w: w, of: a, info: a.Info(w.namespace, w.queue, task.GetWorkflowExecution())}
	ctx, cancel := context.WithCancelCause(w.working)
	leave := func() {
		if w.working.Err() == nil { // else the run is left for that
			cancel(context.Cause(a.Canceled))
		}
	}
	if a.Canceled.Err() != nil {
		leave() // at once: no attempt begins
	}
	detach := context.AfterFunc(a.Canceled, leave)
	r.ctx, r.end = ctx, func() {
		detach()
		cancel(nil)
	}
	if a.ScheduleToClose > 0 {
		r.expiry = time.Now().Add(a.Left)
		var release context.CancelFunc
		r.ctx, release = context.WithDeadlineCause(ctx, r.expiry, attempt.ErrTimeout)
		cancelAll := r.end
		r.end = func() {
			release()
			cancelAll()
		}
	}
	return r
}

// outcome makes attempts until there is an outcome; false if nobody waits for it any more, or the worker has stopped.
func (r *localRun) outcome() (engine.LocalOutcome, bool) {
	for number := r.of.Attempt; ; number++ {
		result, err := r.attempt(number)
		if err == nil {
			return engine.LocalOutcome{Attempt: number, Result: result}, true
		}
		if r.w.working.Err() != nil || errors.Is(context.Cause(r.ctx), attempt.ErrGone) {
			return engine.LocalOutcome{}, false
		}
		f := r.w.fitting(failure.FromError(r.w.dc, err))
		wait, again := r.of.Next(number, f, time.Until(r.expiry))
		if !again {
			return engine.LocalOutcome{Attempt: number, Failure: f, Backoff: wait}, true
		}
		r.pause(wait)
	}
}

// pause waits before the next attempt, which finds out by itself that there shall be none.
func (r *localRun) pause(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

// attempt runs the code in a slot. When the attempt's time is over, or it is cancelled, it waits for the code no longer; the
// slot is free when that returns.
func (r *localRun) attempt(number int32) (*commonpb.Payloads, error) {
	select {
	case r.w.localSlots <- struct{}{}:
	case <-r.ctx.Done():
		return nil, r.meant(context.Cause(r.ctx))
	}
	if r.ctx.Err() != nil {
		<-r.w.localSlots
		return nil, r.meant(context.Cause(r.ctx))
	}
	ctx, release := r.ctx, context.CancelFunc(func() {})
	if r.of.StartToClose > 0 {
		ctx, release = context.WithTimeoutCause(r.ctx, r.of.StartToClose, attempt.ErrTimeout)
	}
	type returned struct {
		result *commonpb.Payloads
		err    error
	}
	r.of.Begin()
	code := make(chan returned, 1)
	r.w.tasks.fork(func() {
		defer func() {
			release()
			<-r.w.localSlots
		}()
		result, err := r.w.execute(ctx, r.env(ctx, number), r.of.Input)
		code <- returned{result, err}
	})
	select {
	case got := <-code:
		return got.result, r.meant(got.err)
	case <-ctx.Done():
	}
	select {
	case got := <-code: // both at once
		return got.result, r.meant(got.err)
	default:
		return nil, r.meant(context.Cause(ctx))
	}
}

func (r *localRun) env(ctx context.Context, number int32) *attempt.Env {
	info := r.info
	info.Attempt, info.StartedTime = number, time.Now()
	info.CurrentAttemptScheduledTime = info.StartedTime
	info.Deadline, _ = ctx.Deadline()
	return &attempt.Env{
		Info: info, DataConverter: r.w.dc, Logger: attempt.NamedLogger(r.w.logger, info), Stopping: r.w.stopping,
		Header: r.of.Header, Interceptors: r.w.around.activity, Metrics: r.w.meters.handler,
	}
}

// meant is the error of an attempt as the history has it.
func (r *localRun) meant(err error) error {
	switch {
	case errors.Is(err, attempt.ErrTimeout):
		return failure.ToError(r.w.dc, attempt.LocalTimeout(errors.Is(context.Cause(r.ctx), attempt.ErrTimeout)))
	case errors.Is(err, activity.ErrResultPending):
		return attempt.ErrNoLaterResult
	}
	return err
}
