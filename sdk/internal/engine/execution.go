package engine

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// Execution is one run, kept between its workflow tasks. It is not safe for concurrent use.
type Execution struct {
	impl Implementation
	env  *Env

	nextEventID int64                                          // of the first event not seen yet
	lastStarted int64                                          // WorkflowTaskStarted event of the last task run
	pending     []*historypb.HistoryEvent                      // seen, but of a task that was not run yet
	task        *workflowservice.PollWorkflowTaskQueueResponse // that was run and not completed yet; nil: none
	broken      error                                          // why the execution is of no more use
	stepDone    chan error                                     // what a step came to; see guarded
	watchdog    *time.Timer                                    // runs while a step does
	stuck       <-chan error                                   // stepDone of a deadlocked step
	closed      bool
}

// New makes the execution of the run that task belongs to. The error is a [*TaskFailure] if the
// workflow type is not registered. Close it when it leaves the cache.
func New(reg *Registry, opts Options, task *workflowservice.PollWorkflowTaskQueueResponse) (*Execution, error) {
	impl, err := reg.lookup(task.GetWorkflowType().GetName())
	if err != nil {
		f := unhandled(err.Error(), "")
		f.Failure.GetApplicationFailureInfo().Type, f.Failure.GetApplicationFailureInfo().NonRetryable = "", false
		return nil, f
	}
	e := &Execution{impl: impl, env: newEnv(opts.withDefaults()), nextEventID: 1, stepDone: make(chan error, 1), watchdog: time.NewTimer(0)}
	e.watchdog.Stop()
	e.env.info.Namespace, e.env.info.Identity = opts.Namespace, opts.Identity
	e.env.info.WorkflowID, e.env.info.RunID = task.GetWorkflowExecution().GetWorkflowId(), task.GetWorkflowExecution().GetRunId()
	return e, nil
}

// Handle applies the task's events and runs the workflow code until it blocks. The events are the
// whole history from event 1 for a new execution, or those after the last one it has seen
// (otherwise the error wraps [ErrHistoryGap]); task.History is not looked at.
//
// It returns the completion with task token, namespace, commands, messages, query results and SDK metadata; the
// worker adds its identity and the rest. For a task that is only a query (task.Query is set) it
// brings the execution up to date and returns nil: ask [Execution.Query] then. It returns nil, too, where
// the task has to wait for local activities: run [Execution.LocalActivities], and give their outcomes to
// [Execution.Resolve], which brings the completion. Any error but
// ErrHistoryGap, ErrClosed and that of ctx, which is looked at between replayed tasks, is a
// [*TaskFailure]. After an error the execution is of no more use; close it.
func (e *Execution) Handle(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, events []*historypb.HistoryEvent) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	if e.broken != nil {
		return nil, e.broken
	}
	completion, err := e.handle(ctx, task, events)
	if err != nil {
		e.broken = err
		return nil, err
	}
	return completion, nil
}

func (e *Execution) handle(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, events []*historypb.HistoryEvent) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	if err := e.join(task, events); err != nil {
		return nil, err
	}
	e.env.locals.newTask()
	history, err := cut(append(e.pending, events...))
	if err != nil {
		return nil, err
	}
	if task.GetQuery() == nil {
		if err := answerable(task, history); err != nil {
			return nil, err
		}
	}
	err = e.guarded("", func() error { return e.replay(ctx, history, task) })
	if err != nil || task.GetQuery() != nil {
		return nil, asTaskFailure(ctx, err)
	}
	e.task = task
	return e.completeOrWait(ctx), nil
}

// join checks that the events continue what the execution has seen.
func (e *Execution) join(task *workflowservice.PollWorkflowTaskQueueResponse, events []*historypb.HistoryEvent) error {
	if e.nextEventID > 1 && (task.GetQuery() == nil || task.GetPreviousStartedEventId() != 0) && task.GetPreviousStartedEventId() != e.lastStarted {
		return fmt.Errorf("%w: it has run the task started by event %d, but the last completed one was started by event %d",
			ErrHistoryGap, e.lastStarted, task.GetPreviousStartedEventId())
	}
	if err := contiguous(events, e.nextEventID); err != nil {
		return err
	}
	if e.nextEventID == 1 {
		if len(events) == 0 {
			return fmt.Errorf("%w: a new execution needs the history from event 1", ErrHistoryGap)
		}
		if events[0].GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED {
			return damaged(events[0], "a history starts with WorkflowExecutionStarted")
		}
	}
	e.nextEventID += int64(len(events))
	return nil
}

// answerable checks that the history ends with the start of the task that is to be answered.
func answerable(task *workflowservice.PollWorkflowTaskQueueResponse, s stretch) error {
	last := len(s.turns) - 1
	if last < 0 || s.settled[last+1] != nil || len(s.rest) > 0 {
		return nonDeterminism("the history of the workflow task does not end with the task's start; fetch all its pages before handling it")
	}
	if started := task.GetStartedEventId(); started != 0 && s.turns[last].started.GetEventId() != started {
		return damaged(s.turns[last].started, fmt.Sprintf("the task says that it was started by event %d", started))
	}
	return nil
}

// replay runs the tasks of a stretch of history, the last one, if it is not answered yet, only if
// it is the given task, and no query.
func (e *Execution) replay(ctx context.Context, s stretch, task *workflowservice.PollWorkflowTaskQueueResponse) error {
	e.pending = nil
	if err := e.settle(s.settled[0]); err != nil {
		return err
	}
	for i, t := range s.turns {
		if err := ctx.Err(); err != nil {
			return err
		}
		answer := s.settled[i+1]
		if answer == nil && task.GetQuery() != nil {
			e.pending = append(append(t.events, t.started), s.rest...)
			return nil
		}
		if err := e.run(t, answer, task.GetMessages()); err != nil {
			return err
		}
		if err := e.settle(answer); err != nil {
			return err
		}
	}
	e.pending = s.rest
	return nil
}

// run runs the code for one task. An answer means that it was run before; otherwise messages came with it.
func (e *Execution) run(t turn, answer *settlement, messages []*protocolpb.Message) error {
	env := e.env
	env.replaying = answer != nil
	env.outbox.Begin(t.started.GetEventId())
	if answer != nil {
		if err := env.preload(answer); err != nil {
			return err
		}
	}
	if err := e.applyAll(t, answer, messages); err != nil {
		return err
	}
	e.lastStarted = t.started.GetEventId()
	env.advance(timeOf(t.started.GetEventTime()))
	env.taskTime = env.now
	env.info.advance(t.started)
	if err := e.step(); err != nil {
		return err
	}
	return e.replayLocals(answer)
}

// applyAll applies a task's events, and begins the updates that it brings, each behind the event that it follows.
func (e *Execution) applyAll(t turn, answer *settlement, messages []*protocolpb.Message) error {
	came, err := e.env.arrivals(t, answer, messages)
	if err != nil {
		return err
	}
	for _, event := range t.events {
		e.env.arrive(came.upTo(event.GetEventId() - 1)...)
		if err := e.apply(event); err != nil {
			return err
		}
		e.env.arrive(came.upTo(event.GetEventId())...)
	}
	e.env.arrive(came...)
	return nil
}

// step runs the code until it blocks.
func (e *Execution) step() error {
	env := e.env
	for more := true; more; more = env.updates.letGo() {
		if err := env.dispatcher.Run(); err != nil {
			return err
		}
		if env.failed != nil {
			return env.failed
		}
	}
	if env.result != nil {
		env.locals.abandon()
		env.warnOfUpdates(env.result)
		env.finish(env.result)
	}
	return nil
}

// replayLocals gives the code of a task that was answered the outcomes of local activities, one by one, in the order of
// their markers, as they came.
func (e *Execution) replayLocals(answer *settlement) error {
	if answer == nil {
		return nil
	}
	for _, event := range answer.commands {
		if e.env.result != nil || event.GetMarkerRecordedEventAttributes().GetMarkerName() != localActivityMarker {
			continue
		}
		if err := e.env.replayLocal(event); err != nil {
			return err
		}
		if err := e.step(); err != nil {
			return err
		}
	}
	return nil
}

// settle compares the commands of the task run last with what became of them.
func (e *Execution) settle(s *settlement) error {
	if s == nil {
		return nil
	}
	if started := s.completed.GetWorkflowTaskCompletedEventAttributes().GetStartedEventId(); started != e.lastStarted {
		return damaged(s.completed, fmt.Sprintf("it completes the task started by event %d, but the last one run was started by event %d", started, e.lastStarted))
	}
	if err := e.env.outbox.Settle(s.commands); err != nil {
		return err
	}
	e.env.settleVersions(s.commands)
	return nil
}

// completeOrWait is the open task's completion, or nil while it waits for local activities.
func (e *Execution) completeOrWait(ctx context.Context) *workflowservice.RespondWorkflowTaskCompletedRequest {
	if len(e.env.locals.pending) > 0 {
		return nil
	}
	task := e.task
	e.task = nil
	return e.complete(ctx, task)
}

// complete is the task's completion. A query that goes wrong fails alone: the task is done.
func (e *Execution) complete(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse) *workflowservice.RespondWorkflowTaskCompletedRequest {
	out := &workflowservice.RespondWorkflowTaskCompletedRequest{
		TaskToken: task.GetTaskToken(), Namespace: e.env.info.Namespace,
		Commands: e.env.outbox.Commands(), Messages: e.env.outbox.Messages(), SdkMetadata: e.env.flags.take(), MeteringMetadata: e.env.locals.metering(),
	}
	if len(task.GetQueries()) == 0 {
		return out
	}
	out.QueryResults = make(map[string]*querypb.WorkflowQueryResult, len(task.GetQueries()))
	for id, q := range task.GetQueries() {
		out.QueryResults[id] = e.Query(ctx, q)
	}
	return out
}

// Discarded takes back the task that was completed last: it was speculative, the service has left nothing of it, and the
// last task that counts was started by the event previous. The next task's events come in the place of its own two.
func (e *Execution) Discarded(previous int64) {
	e.lastStarted = previous
	e.nextEventID -= 2
}

// Query answers a query from the state that the last Handle left. It never returns nil: what goes
// wrong is in the result.
func (e *Execution) Query(_ context.Context, q *querypb.WorkflowQuery) *querypb.WorkflowQueryResult {
	if e.broken != nil {
		return e.env.queryFailed(e.broken)
	}
	var result *querypb.WorkflowQueryResult
	err := e.guarded("the handler of query "+q.GetQueryType(), func() error {
		result = e.env.query(q)
		return nil
	})
	if err != nil {
		if e.stuck != nil {
			e.broken = err
		}
		return e.env.queryFailed(err)
	}
	return result
}

// Close unwinds all coroutines of the run, running their deferred functions; when it returns, no
// goroutine of the run is left, unless its code is deadlocked: then the rest is unwound as soon as
// that code returns. Closing twice is safe.
func (e *Execution) Close() {
	if e.closed {
		return
	}
	e.closed, e.broken = true, ErrClosed
	if e.stuck == nil {
		e.unwind()
		return
	}
	go e.closeUnstuck()
}

// closeUnstuck closes once the code that did not yield has returned, whatever it came to.
func (e *Execution) closeUnstuck() {
	<-e.stuck //nolint:errcheck // nobody is left to be told
	e.unwind()
}

func (e *Execution) unwind() {
	e.env.locals.abandon()
	e.env.dispatcher.Close()
}
