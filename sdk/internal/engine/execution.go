package engine

import (
	"context"

	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// Execution is one run, kept between its workflow tasks. It is not safe for concurrent use.
type Execution struct{}

// Env is what running workflow code may ask of its run.
type Env struct{}

// New makes the execution of the run that task belongs to. The error is a [*TaskFailure] if the
// workflow type is not registered. Close it when it leaves the cache.
func New(reg *Registry, opts Options, task *workflowservice.PollWorkflowTaskQueueResponse) (*Execution, error) {
	return nil, ErrClosed
}

// Handle applies the task's events and runs the workflow code until it blocks. The events are the
// whole history from event 1 for a new execution, or those after the last one it has seen
// (otherwise the error wraps [ErrHistoryGap]); task.History is not looked at.
//
// It returns the completion with task token, commands, query results and SDK metadata; the worker
// adds its identity and the rest. For a task that is only a query (task.Query is set) it brings the
// execution up to date and returns nil: ask [Execution.Query] then. Any error but ErrHistoryGap and
// ErrClosed is a [*TaskFailure]. After an error the execution is of no more use; close it.
func (e *Execution) Handle(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, events []*historypb.HistoryEvent) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	return nil, ErrClosed
}

// Query answers a query from the state that the last Handle left. It never returns nil: what goes
// wrong is in the result.
func (e *Execution) Query(ctx context.Context, q *querypb.WorkflowQuery) *querypb.WorkflowQueryResult {
	return nil
}

// Close unwinds all coroutines of the run, running their deferred functions; when it returns, no
// goroutine of the run is left, unless its code is deadlocked: then the rest is unwound as soon as
// that code returns. Closing twice is safe.
func (e *Execution) Close() {}

// DataConverter converts the run's inputs and results.
func (e *Env) DataConverter() converter.DataConverter { return nil }
