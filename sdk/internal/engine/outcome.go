package engine

import (
	"cmp"
	"errors"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// finish adds the command that closes the run, after all others of the task.
func (e *Env) finish(o *outcome) {
	var (
		canceled *failure.CanceledError
		next     *failure.ContinueAsNewError
	)
	switch {
	case o.err == nil:
		command.Complete(&e.outbox, o.result)
	case errors.As(o.err, &next):
		command.ContinueAsNew(&e.outbox, e.nextRun(next))
	case errors.As(o.err, &canceled):
		details := failure.FromError(e.opts.DataConverter, canceled).GetCanceledFailureInfo().GetDetails()
		command.Cancel(&e.outbox, details)
	default:
		command.Fail(&e.outbox, failure.FromError(e.opts.DataConverter, o.err))
	}
}

// nextRun fills in from the present run what the error leaves open.
func (e *Env) nextRun(next *failure.ContinueAsNewError) *commandpb.ContinueAsNewWorkflowExecutionCommandAttributes {
	queue := cmp.Or(next.TaskQueue, e.info.TaskQueue)
	return &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{
		WorkflowType:        &commonpb.WorkflowType{Name: next.WorkflowType},
		TaskQueue:           &taskqueuepb.TaskQueue{Name: queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		Input:               next.Input,
		WorkflowRunTimeout:  durationpb.New(cmp.Or(next.RunTimeout, e.info.RunTimeout)),
		WorkflowTaskTimeout: durationpb.New(cmp.Or(next.TaskTimeout, e.info.TaskTimeout)),
		RetryPolicy:         cmp.Or(next.RetryPolicy, e.info.RetryPolicy),
		Header:              &commonpb.Header{Fields: next.Header},
		Memo:                e.info.Memo,
		SearchAttributes:    e.info.SearchAttributes,
		InheritBuildId:      queue == e.info.TaskQueue,
	}
}
