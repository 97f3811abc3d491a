package worker

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// defaultTaskTimeout is taken when a task's events do not tell its time-out.
const defaultTaskTimeout = 10 * time.Second

// runWorkflowTask runs a started workflow task in a slot, and the tasks that its completion brings
// along; then it gives the slot back.
func (w *Worker) runWorkflowTask(task *workflowservice.PollWorkflowTaskQueueResponse) {
	defer w.workflowSlots.Give(1)
	for task != nil {
		run := w.cache.enter(task.GetWorkflowExecution().GetRunId())
		task = w.workflowTask(run, task)
		w.cache.leave(run)
	}
}

// workflowTask runs one workflow task, and those that stand in for it while its local activities last, and reports what
// came of it. It returns the next one, if the service sent it along. The caller has entered the run.
func (w *Worker) workflowTask(run *cachedRun, task *workflowservice.PollWorkflowTaskQueueResponse) (next *workflowservice.PollWorkflowTaskQueueResponse) {
	begin := time.Now()
	ctx, cancel := w.deadlines.within(taskTimeout(task))
	defer cancel()
	if !run.acquire(ctx) {
		return nil // another task of the run takes too long: this one times out
	}
	defer run.release()
	w.meters.workflowSlots.add(1)
	defer w.meters.workflowSlots.add(-1)
	var l locals
	defer l.end()
	for lasts := true; lasts && task != nil; begin = time.Now() {
		task, lasts = w.attend(run, &l, task, begin)
	}
	return task
}

// attend runs and completes a workflow task. It returns the next one, and whether that stands in for the same: what
// the run waits for lasts.
func (w *Worker) attend(run *cachedRun, l *locals, task *workflowservice.PollWorkflowTaskQueueResponse, begin time.Time) (next *workflowservice.PollWorkflowTaskQueueResponse, lasts bool) {
	ctx, cancel := w.deadlines.within(taskTimeout(task))
	defer cancel()
	completion, err := w.advance(ctx, run, task)
	if err == nil && completion == nil {
		completion, err = l.await(ctx, w, run, task, begin)
	}
	w.meters.workflow(task).ran(task, time.Since(begin))
	if err != nil {
		run.drop()
		w.failWorkflowTask(ctx, task, err)
		return nil, false
	}
	next = w.completeWorkflowTask(ctx, run, task, completion)
	if lasts = completion.GetForceCreateNewWorkflowTask(); lasts && next == nil {
		run.drop() // nobody is left to wait for its local activities
	}
	return next, lasts
}

// advance brings the run's execution to where the task's events lead. Whoever calls it holds the
// run's lock, and drops the execution on an error.
func (w *Worker) advance(ctx context.Context, run *cachedRun, task *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	if err := w.caller.Resolve(ctx, task); err != nil {
		return nil, err
	}
	events, err := w.taskEvents(ctx, task)
	if err != nil {
		return nil, err
	}
	if run.execution != nil && run.started == task.GetPreviousStartedEventId() {
		if newer, joins := eventsAfter(events, run.seen); joins {
			run.see(newer)
			completion, err := run.execution.Handle(ctx, task, newer)
			if !errors.Is(err, engine.ErrHistoryGap) {
				w.meters.hits.Inc(1)
				return completion, err
			}
		}
	}
	if task.GetPreviousStartedEventId() != 0 {
		w.meters.misses.Inc(1)
	}
	run.drop()
	if events, err = w.wholeHistory(ctx, task, events); err != nil {
		return nil, err
	}
	if task.GetWorkflowType() == nil && len(events) > 0 {
		task.WorkflowType = events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType()
	}
	if run.execution, err = w.newExecution(task); err != nil {
		return nil, err
	}
	run.see(events)
	return run.execution.Handle(ctx, task, events)
}

// eventsAfter are those with an id greater than seen, and whether they follow on it.
func eventsAfter(events []*historypb.HistoryEvent, seen int64) ([]*historypb.HistoryEvent, bool) {
	if len(events) == 0 {
		return nil, true
	}
	skip := seen + 1 - events[0].GetEventId()
	if skip < 0 || skip > int64(len(events)) {
		return nil, false
	}
	return events[skip:], true
}

// taskTimeout is how long the service waits for the task: its last scheduled event tells.
func taskTimeout(task *workflowservice.PollWorkflowTaskQueueResponse) time.Duration {
	events := task.GetHistory().GetEvents()
	for i := len(events) - 1; i >= 0; i-- {
		a := events[i].GetWorkflowTaskScheduledEventAttributes()
		if timeout := a.GetStartToCloseTimeout().AsDuration(); timeout > 0 {
			return timeout
		}
	}
	return defaultTaskTimeout
}

// failWorkflowTask reports why a task cannot be completed. Only the first attempt is: the service
// would make the next one at once, while later ones are left to time out.
func (w *Worker) failWorkflowTask(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, reason error) {
	log, message := &w.logger, "a workflow task failed"
	over := ctx.Err() != nil || isNotFound(reason) || w.conn.IsClosed()
	if over {
		log, message = w.often(), "a workflow task was given up: its time is over"
	}
	log.Warn().Err(reason).Str("workflow_id", task.GetWorkflowExecution().GetWorkflowId()).
		Str("run_id", task.GetWorkflowExecution().GetRunId()).Int32("attempt", task.GetAttempt()).Msg(message)
	if over {
		return
	}
	var known *engine.TaskFailure
	if errors.As(reason, &known) {
		w.meters.workflow(task).failed(known.Cause)
	} else {
		w.meters.workflow(task).failed(0)
	}
	if task.GetAttempt() > 1 {
		return
	}
	request := &workflowservice.RespondWorkflowTaskFailedRequest{
		TaskToken: task.GetTaskToken(), Cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
		Failure: failure.FromError(w.dc, reason), Identity: w.identity, Namespace: w.namespace,
	}
	if known != nil {
		request.Cause, request.Failure = known.Cause, known.Failure
	}
	request.Failure = w.fitting(request.Failure)
	w.reported(w.caller.Worker(ctx, w.queue, "RespondWorkflowTaskFailed", request, &workflowservice.RespondWorkflowTaskFailedResponse{}), "the failure of a workflow task")
}

// fitting is the failure, or a short form of it when it would not fit a message.
func (w *Worker) fitting(f *failurepb.Failure) *failurepb.Failure {
	const envelope, keep = 16 << 10, 4 << 10 // bytes for the rest of a request, and kept of each text
	if w.sentSize(w.calling, f) <= w.conn.MaxPayload()-envelope {
		return f
	}
	short := &failurepb.Failure{Message: clip(f.GetMessage(), keep) + " (shortened: the failure is larger than a NATS message may be)",
		Source: f.GetSource(), StackTrace: clip(f.GetStackTrace(), keep)}
	if info := f.GetApplicationFailureInfo(); info != nil {
		short.FailureInfo = &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{
			Type: clip(info.GetType(), keep), NonRetryable: info.GetNonRetryable(), NextRetryDelay: info.GetNextRetryDelay()}}
	}
	return short
}

func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return text[:limit]
}

// reported logs what became of a report. That the service knows the task no more is nothing to
// tell: it has timed out, or the workflow is closed.
func (w *Worker) reported(err error, what string) {
	if err != nil && !isNotFound(err) {
		w.often().Warn().Err(err).Msg("not reported: " + what)
	}
}
