package worker

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/internal/answer"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// queryTimeout is how long a query may take, with the replay that it may need.
const queryTimeout = 25 * time.Second

// errNotCached answers a query that was sent to the worker which had the run.
var errNotCached = serviceerror.NewFailedPrecondition("the worker has the run no more: ask any worker of its task queue")

// onQuery takes a query for a run that no worker has in its cache. It is called for one request at
// a time and must not block.
func (w *Worker) onQuery(message *nats.Msg) {
	if !api.IsInbox(message.Reply) {
		return
	}
	task := &workflowservice.PollWorkflowTaskQueueResponse{}
	if err := proto.Unmarshal(message.Data, task); err != nil || task.GetQuery() == nil {
		w.respondError(message, serviceerror.NewInvalidArgumentf("a query is a PollWorkflowTaskQueueResponse with its query set (%v)", err))
		return
	}
	w.takeQuery(message, task, w.cache.enter(task.GetWorkflowExecution().GetRunId()))
}

// takeQuery has a query answered in a slot of its own. The run was entered for it; nil means that
// it is not here.
func (w *Worker) takeQuery(message *nats.Msg, task *workflowservice.PollWorkflowTaskQueueResponse, run *cachedRun) {
	if run == nil {
		w.respondError(message, errNotCached)
		return
	}
	ticket, ok := w.workflowSlots.Queue()
	if ok {
		ok = w.tasks.spawn(func() {
			defer w.cache.leave(run)
			if !ticket.Wait(w.working) {
				w.respondError(message, serviceerror.NewUnavailable("the worker is being stopped"))
				return
			}
			defer w.workflowSlots.Give(1)
			w.answerQuery(message, task, run)
		})
		if !ok {
			ticket.Cancel()
		}
	}
	if !ok {
		w.cache.leave(run)
		w.respondError(message, serviceerror.NewUnavailable("the worker has no free slot for a query"))
	}
}

func (w *Worker) answerQuery(message *nats.Msg, task *workflowservice.PollWorkflowTaskQueueResponse, run *cachedRun) {
	ctx, cancel := context.WithTimeout(w.calling, queryTimeout)
	defer cancel()
	result, err := w.query(ctx, task, run)
	if err != nil {
		w.respondError(message, err)
		return
	}
	short, err := w.caller.Shorten(ctx, &workflowservice.RespondQueryTaskCompletedRequest{
		TaskToken: task.GetTaskToken(), Namespace: w.namespace, CompletedType: result.GetResultType(),
		QueryResult: result.GetAnswer(), ErrorMessage: result.GetErrorMessage(), Failure: result.GetFailure(),
	})
	if err != nil {
		w.respondError(message, err)
		return
	}
	w.replied(answer.Query(w.conn, message, task.GetQuery().GetQueryType(), short.(*workflowservice.RespondQueryTaskCompletedRequest)))
}

// query answers from the cached execution if it is up to date, else it replays the history. A run
// that cannot be replayed gives a failed result.
func (w *Worker) query(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, run *cachedRun) (*querypb.WorkflowQueryResult, error) {
	if !run.acquire(ctx) {
		return nil, ctx.Err()
	}
	defer run.release()
	if run.isBehind(task) {
		closed, err := w.replay(ctx, run, task)
		if err != nil || closed {
			defer run.drop()
		}
		var known *engine.TaskFailure
		switch {
		case errors.As(err, &known):
			return &querypb.WorkflowQueryResult{
				ResultType:   enumspb.QUERY_RESULT_TYPE_FAILED,
				ErrorMessage: known.Failure.GetMessage(), Failure: w.fitting(known.Failure),
			}, nil
		case err != nil:
			return nil, err
		}
	}
	return run.execution.Query(ctx, task.GetQuery()), nil
}

// replay brings the run's execution up to date for a query, and tells whether the run is closed:
// nothing more comes of it then.
func (w *Worker) replay(ctx context.Context, run *cachedRun, task *workflowservice.PollWorkflowTaskQueueResponse) (closed bool, err error) {
	if len(task.GetHistory().GetEvents()) == 0 {
		run.drop() // it is behind, and the task does not bring what is missing
	}
	if _, err := w.advance(ctx, run, task); err != nil {
		return false, err
	}
	return run.closed, nil
}
