package worker

import (
	"context"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/internal/engine"
)

// heartbeatShare is after how much of a workflow task's time it is completed as it is, for another in its stead.
const heartbeatShare = 0.8

// locals are the local activities of a run while its workflow task is open. They belong to the goroutine that has the
// run's lock; each activity has one of its own, which brings the outcome, and the code of each attempt another. The zero
// value is ready.
type locals struct {
	outcomes chan localOutcome
	over     chan struct{} // closed when no more outcomes are taken
}

type localOutcome struct {
	of *engine.LocalActivity
	engine.LocalOutcome
}

// await runs what the task waits for until it can be completed. When that takes too long the completion is a heartbeat; so
// it is when the worker's time to finish is over: another worker makes all attempts again then.
func (l *locals) await(ctx context.Context, w *Worker, run *cachedRun, task *workflowservice.PollWorkflowTaskQueueResponse, begin time.Time) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	if l.over == nil {
		l.outcomes, l.over = make(chan localOutcome), make(chan struct{})
	}
	limit := time.Duration(float64(taskTimeout(task)) * heartbeatShare)
	heartbeat := time.NewTimer(time.Until(begin.Add(limit)))
	defer heartbeat.Stop()
	for {
		for _, a := range run.execution.LocalActivities() {
			w.tasks.fork(func() { l.run(w, task, a) })
		}
		select {
		case o := <-l.outcomes:
			o.Elapsed = time.Since(begin)
			completion, err := run.execution.Resolve(ctx, o.of, o.LocalOutcome)
			if err != nil || completion != nil {
				return completion, err
			}
		case <-heartbeat.C:
			return run.execution.Heartbeat(ctx), nil
		case <-w.working.Done():
			return run.execution.Heartbeat(ctx), nil
		}
	}
}

// run brings the outcome of a local activity. One that nobody waits for, or that ended with the worker, has none.
func (l *locals) run(w *Worker, task *workflowservice.PollWorkflowTaskQueueResponse, a *engine.LocalActivity) {
	r := w.newLocalRun(task, a)
	defer r.end()
	outcome, ok := r.outcome()
	if !ok {
		return
	}
	select {
	case l.outcomes <- localOutcome{a, outcome}:
	case <-l.over:
	}
}

// end lets go of what is still to come.
func (l *locals) end() {
	if l.over != nil {
		close(l.over)
	}
}
