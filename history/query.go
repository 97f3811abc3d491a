package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/history/machine"
)

// stuckAttempt is from which attempt of a workflow task on queries are refused and
// do not wait for it.
const stuckAttempt = 3

// queryDone is when a query is answered, and whether the sticky worker failed to.
type queryDone struct {
	id, runID string
	lost      bool
}

// query answers from workflow code: once no workflow task is pending, so that
// it sees all that was acknowledged before.
func (l *loop) query(e *entry, run *machine.Run, r *request, q *workflowservice.QueryWorkflowRequest) {
	if rejected := rejectQuery(run, q); rejected != nil {
		l.answerSurely(r, rejected, nil)
		return
	}
	if run.Open() && run.TaskPending() {
		if err := run.QueryRefusal(stuckAttempt); err != nil {
			l.answerSurely(r, nil, err)
			return
		}
		l.awaitTask(e, r)
		l.endGathering(e)
		return
	}
	queue, worker := run.Sticky()
	task, id, runID := queryTask(run, q), e.ID, run.RunID()
	e.pins++
	l.ensure()
	l.later(release{request: r, send: func() {
		l.help(func() any {
			ctx, cancel := l.during(r.ctx)
			defer cancel()
			done := &queryDone{id: id, runID: runID}
			reply, err := l.ask(ctx, queue, worker, task, &done.lost)
			r.answer(reply, l.orRetry(err))
			return done
		})
	}})
}

// taskPatience is how long a query waits for the pending workflow task: less than the 10 s that
// callers commonly wait, so that they are told what it waited for.
const taskPatience = 8 * time.Second

// taskQuery is a query that waits for the run's pending workflow task.
type taskQuery struct {
	*request
	over context.Context //nolint:containedctx // when it has waited long enough
	stop func()          // ends over, unnoticed
	// id is the query's in the task that it went along with, and sentWith that task's StartedBy; "" while it goes
	// along with none.
	id, sentWith string
}

// isOf tells whether the query may be answered by that run: the latest answers one that names none.
func (q *taskQuery) isOf(run *machine.Run) bool {
	runID := q.call.Request.(*workflowservice.QueryWorkflowRequest).GetExecution().GetRunId()
	return runID == "" || runID == run.RunID()
}

func (l *loop) awaitTask(e *entry, r *request) {
	over, cancel := context.WithTimeout(r.ctx, taskPatience)
	unwatch := l.watch(over, e)
	stop := func() {
		unwatch()
		cancel()
	}
	e.queries = append(e.queries, &taskQuery{request: r, over: over, stop: stop})
}

// overdueQueries tells the queries that have waited long enough what is in their way.
func (l *loop) overdueQueries(e *entry) {
	e.queries = slices.DeleteFunc(e.queries, func(q *taskQuery) bool {
		if q.over.Err() == nil {
			return false
		}
		q.stop()
		if !q.gone() && e.Run != nil {
			l.answerLater(q.request, nil, serviceerror.NewDeadlineExceededf(
				"workflow %q has a workflow task that no worker of task queue %q has completed for %s, and a query is answered after it: see that one runs, and what perdure workflow describe says of it",
				e.ID, e.Run.Queue(), taskPatience))
		}
		return true
	})
}

// wakeQueries asks those that waited for the workflow task, which another run's is not.
func (l *loop) wakeQueries(e *entry) {
	if len(e.queries) == 0 || e.Run == nil {
		return
	}
	e.detachQueries()
	pending := e.Run.Open() && e.Run.TaskPending() && e.Run.QueryRefusal(stuckAttempt) == nil
	waiting := e.queries
	e.queries = nil
	for _, w := range waiting {
		if pending && w.isOf(e.Run) {
			e.queries = append(e.queries, w)
			continue
		}
		w.stop()
		r := w.request
		if r.gone() {
			continue
		}
		q := r.call.Request.(*workflowservice.QueryWorkflowRequest)
		run := e.findRun(q.GetExecution().GetRunId())
		if run == nil {
			run = e.Run
		}
		l.query(e, run, r, q)
	}
}

func (l *loop) queryDone(done *queryDone) {
	e := l.active[done.id]
	if e == nil {
		return
	}
	e.pins--
	if done.lost && e.Run != nil && e.Run.Open() && e.Run.RunID() == done.runID {
		e.Run.ClearSticky()
	}
}

func rejectQuery(run *machine.Run, q *workflowservice.QueryWorkflowRequest) *workflowservice.QueryWorkflowResponse {
	status := run.Status()
	reject := false
	switch q.QueryRejectCondition {
	case enumspb.QUERY_REJECT_CONDITION_NOT_OPEN:
		reject = !run.Open()
	case enumspb.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY:
		reject = !run.Open() && status != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	}
	if !reject && status != enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED { // whatever the condition: no worker is asked
		return nil
	}
	return &workflowservice.QueryWorkflowResponse{QueryRejected: &querypb.QueryRejected{Status: status}}
}

func queryTask(run *machine.Run, q *workflowservice.QueryWorkflowRequest) *workflowservice.PollWorkflowTaskQueueResponse {
	task := run.QueryTask()
	task.Query = q.Query
	return task
}

// ask asks the worker that has the run in its cache, then any of the queue.
func (sh *shard) ask(ctx context.Context, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse, lost *bool) (proto.Message, error) {
	if worker != "" {
		answer, err := sh.config.Matching.Query(ctx, sh.namespace, queue, worker, task)
		var absent *serviceerror.FailedPrecondition
		if !errors.As(err, &absent) {
			return workersAnswer(answer, err)
		}
		*lost = true
	}
	return workersAnswer(sh.config.Matching.Query(ctx, sh.namespace, queue, "", task))
}

func (sh *shard) askClosed(ctx context.Context, run *machine.Run, q *workflowservice.QueryWorkflowRequest) (proto.Message, error) {
	if rejected := rejectQuery(run, q); rejected != nil {
		return rejected, nil
	}
	var lost bool
	return sh.ask(ctx, run.Queue(), "", queryTask(run, q), &lost)
}

func workersAnswer(a *workflowservice.RespondQueryTaskCompletedRequest, err error) (proto.Message, error) {
	if err != nil {
		return nil, err
	}
	return queryReply(a.CompletedType, a.QueryResult, a.ErrorMessage, a.Failure)
}

func queryReply(kind enumspb.QueryResultType, result *commonpb.Payloads, message string, failure *failurepb.Failure) (proto.Message, error) {
	switch kind {
	case enumspb.QUERY_RESULT_TYPE_ANSWERED:
		return &workflowservice.QueryWorkflowResponse{QueryResult: result}, nil
	case enumspb.QUERY_RESULT_TYPE_FAILED:
		return nil, serviceerror.NewQueryFailedWithFailure(message, failure)
	}
	return nil, serviceerror.NewInternal(fmt.Sprintf("the worker answered a query with result type %s", kind))
}
