package workflow

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// Execution names a workflow: its id, and the run that was started.
type Execution struct {
	ID    string
	RunID string
}

// ChildWorkflowFuture is a child workflow that was asked for. As a future it is ready with the child's output, or
// with why there is none.
type ChildWorkflowFuture[Out any] interface {
	Future[Out]
	// GetChildWorkflowExecution is ready when the child has started, or with the error that the child's future has
	// if it was not. A child whose parent policy lets it outlive its parent has to be waited for with it: a workflow that
	// ends at once ends before its child has begun.
	GetChildWorkflowExecution() Future[Execution]
}

// ExecuteChildWorkflow starts a child workflow with the options of ctx. The future is ready with its output, or with a
// *failure.ChildWorkflowExecutionError, whose cause is
//   - a *failure.ApplicationError, or what else the child returned, if it failed,
//   - a *failure.TimeoutError, *failure.CanceledError or *failure.TerminatedError if it ended in that way,
//   - a *failure.ChildWorkflowExecutionAlreadyStartedError if its id is taken.
//
// When ctx is cancelled the child is asked to cancel: see [ChildCancellation]. With a context that is cancelled
// already no child is started.
func ExecuteChildWorkflow[In, Out any](ctx Context, w Workflow[In, Out], in In) ChildWorkflowFuture[Out] {
	started := ctx.run().outbound.ExecuteChildWorkflow(ctx, &ExecuteChildWorkflowInput{
		WorkflowType: w.Name(), Input: in, Header: map[string]*commonpb.Payload{},
	})
	return childFuture[Out]{decoded[Out](ctx, started, "child workflow", w.Name()), started.GetChildWorkflowExecution()}
}

type childFuture[Out any] struct {
	Future[Out]
	execution Future[Execution]
}

func (f childFuture[Out]) GetChildWorkflowExecution() Future[Execution] { return f.execution }

// childCall is a child that was asked for, and the hooks of its cancellation.
type childCall struct {
	result    future[*commonpb.Payloads]
	execution future[Execution]
	forget    []func()
}

func (outbound) ExecuteChildWorkflow(ctx Context, in *ExecuteChildWorkflowInput) ChildWorkflowFuture[*commonpb.Payloads] {
	c := &childCall{}
	f := childFuture[*commonpb.Payloads]{&c.result, &c.execution}
	env, o := ctx.run().env, GetChildWorkflowOptions(ctx)
	command, metadata, err := o.command(env, in)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		c.result.SetError(err)
		c.execution.SetError(err)
		return f
	}
	var cancel func(told func(error))
	cancel = env.StartChild(command, metadata, engine.ChildWaiter{
		Closed: c.closed,
		Started: func(x *commonpb.WorkflowExecution, err error) {
			if err == nil && o.Cancellation != ChildAbandon {
				c.onCancel(ctx, func() { cancel(c.told(o.Cancellation)) })
			}
			c.execution.Set(Execution{ID: x.GetWorkflowId(), RunID: x.GetRunId()}, err)
		},
	})
	if o.Cancellation == ChildTryCancel || o.Cancellation == ChildAbandon {
		c.onCancel(ctx, func() { c.settle(nil, failure.NewCanceledError()) })
	}
	return f
}

// onCancel calls fn when ctx is cancelled, unless the child is closed by then.
func (c *childCall) onCancel(ctx Context, fn func()) {
	c.forget = append(c.forget, ctx.scope().onCancel(fn))
}

// closed is told how the child has ended, or that there is none.
func (c *childCall) closed(result *commonpb.Payloads, err error) {
	for _, forget := range c.forget {
		forget()
	}
	c.settle(result, err)
}

// told is told whether the child has got the request to cancel.
func (c *childCall) told(how ChildCancellation) func(error) {
	return func(err error) {
		if err == nil && how == ChildWaitRequested {
			c.settle(nil, failure.NewCanceledError())
		}
	}
}

// settle makes the result ready, unless it is.
func (c *childCall) settle(result *commonpb.Payloads, err error) {
	if !c.result.ready {
		c.result.Set(result, err)
	}
}
