package workflow

import (
	"errors"
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// ErrNoWorkflowID is returned by the future of a call of another workflow that does not say which.
var ErrNoWorkflowID = errors.New("no workflow id is given: say which workflow is meant")

// SignalChildWorkflow signals a child workflow: the run that is its latest by then. It blocks until the child has started; if it
// does not, the future has the error of that. The future is ready when the child has got the signal, or with a
// *failure.UnknownExternalWorkflowExecutionError when it has ended before.
func SignalChildWorkflow[T any](ctx Context, child interface{ GetChildWorkflowExecution() Future[Execution] }, s Signal[T], value T) Future[None] {
	execution, err := child.GetChildWorkflowExecution().Get(ctx)
	if err != nil {
		f := &future[None]{}
		f.SetError(err)
		return f
	}
	return ctx.run().outbound.SignalChildWorkflow(ctx, &SignalChildWorkflowInput{
		WorkflowID: execution.ID, SignalName: s.Name(), Input: value, Header: map[string]*commonpb.Payload{},
	})
}

// SignalExternalWorkflow signals any workflow of the namespace but this one; an empty run id means its latest run. The future
// is ready when that has got the signal, or with a *failure.UnknownExternalWorkflowExecutionError when no such workflow is
// open. Once sent the signal cannot be taken back: cancelling ctx does not end the wait.
func SignalExternalWorkflow[T any](ctx Context, workflowID, runID string, s Signal[T], value T) Future[None] {
	return ctx.run().outbound.SignalExternalWorkflow(ctx, &SignalExternalWorkflowInput{
		WorkflowID: workflowID, RunID: runID, SignalName: s.Name(), Input: value, Header: map[string]*commonpb.Payload{},
	})
}

// RequestCancelExternalWorkflow asks any workflow of the namespace but this one to cancel; an empty run id means its latest run. The
// future is ready when that has got the request, or is closed, or with a *failure.UnknownExternalWorkflowExecutionError when
// there is no such workflow.
func RequestCancelExternalWorkflow(ctx Context, workflowID, runID string) Future[None] {
	return ctx.run().outbound.RequestCancelExternalWorkflow(ctx, &RequestCancelExternalWorkflowInput{WorkflowID: workflowID, RunID: runID})
}

func (outbound) SignalChildWorkflow(ctx Context, in *SignalChildWorkflowInput) Future[None] {
	return signalExternal(ctx, in.SignalName, in.Input, &commandpb.SignalExternalWorkflowExecutionCommandAttributes{
		Execution: &commonpb.WorkflowExecution{WorkflowId: in.WorkflowID}, ChildWorkflowOnly: true, Header: &commonpb.Header{Fields: in.Header},
	})
}

func (outbound) SignalExternalWorkflow(ctx Context, in *SignalExternalWorkflowInput) Future[None] {
	return signalExternal(ctx, in.SignalName, in.Input, &commandpb.SignalExternalWorkflowExecutionCommandAttributes{
		Execution: &commonpb.WorkflowExecution{WorkflowId: in.WorkflowID, RunId: in.RunID}, Header: &commonpb.Header{Fields: in.Header},
	})
}

func signalExternal(ctx Context, name string, value any, command *commandpb.SignalExternalWorkflowExecutionCommandAttributes) Future[None] {
	f, env := &future[None]{}, ctx.run().env
	input, err := converter.Encode(env.DataConverter(), value)
	switch {
	case command.Execution.WorkflowId == "":
		f.SetError(fmt.Errorf("signal %s to another workflow: %w", name, ErrNoWorkflowID))
		return f
	case err != nil:
		f.SetError(fmt.Errorf("value of signal %s to workflow %q: %w", name, command.Execution.WorkflowId, err))
		return f
	}
	command.Namespace, command.SignalName, command.Input = env.Info().Namespace, name, input
	env.SignalExternal(command, f.SetError)
	return f
}

func (outbound) RequestCancelExternalWorkflow(ctx Context, in *RequestCancelExternalWorkflowInput) Future[None] {
	f, env := &future[None]{}, ctx.run().env
	if in.WorkflowID == "" {
		f.SetError(fmt.Errorf("cancel another workflow: %w", ErrNoWorkflowID))
		return f
	}
	env.CancelExternal(&commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes{
		Namespace: env.Info().Namespace, WorkflowId: in.WorkflowID, RunId: in.RunID,
	}, f.SetError)
	return f
}
