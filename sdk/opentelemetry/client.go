package opentelemetry

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	sdk "github.com/perdure/perdure/sdk/interceptor"
)

// clientCalls traces what a client asks of workflows.
type clientCalls struct {
	sdk.ClientOutboundInterceptorBase
	i *interceptor
}

func (c *clientCalls) ExecuteWorkflow(ctx context.Context, in *sdk.ClientExecuteWorkflowInput) (*commonpb.WorkflowExecution, error) {
	ctx, span := c.i.outgoing(ctx, "StartWorkflow:"+in.WorkflowType, &in.Header)
	started, err := c.Next.ExecuteWorkflow(ctx, in)
	span.SetAttributes(workflowIDKey.String(started.GetWorkflowId()))
	end(span, err)
	return started, err
}

func (c *clientCalls) SignalWorkflow(ctx context.Context, in *sdk.ClientSignalWorkflowInput) error {
	if c.i.DisableSignalTracing {
		return c.Next.SignalWorkflow(ctx, in)
	}
	ctx, span := c.i.outgoing(ctx, "SignalWorkflow:"+in.SignalName, &in.Header, workflowIDKey.String(in.WorkflowID))
	err := c.Next.SignalWorkflow(ctx, in)
	end(span, err)
	return err
}

func (c *clientCalls) SignalWithStartWorkflow(ctx context.Context, in *sdk.ClientSignalWithStartWorkflowInput) (*commonpb.WorkflowExecution, error) {
	ctx, span := c.i.outgoing(ctx, "SignalWithStartWorkflow:"+in.WorkflowType, &in.Header)
	started, err := c.Next.SignalWithStartWorkflow(ctx, in)
	span.SetAttributes(workflowIDKey.String(started.GetWorkflowId()))
	end(span, err)
	return started, err
}

func (c *clientCalls) QueryWorkflow(ctx context.Context, in *sdk.ClientQueryWorkflowInput) (*commonpb.Payloads, error) {
	if c.i.DisableQueryTracing {
		return c.Next.QueryWorkflow(ctx, in)
	}
	ctx, span := c.i.outgoing(ctx, "QueryWorkflow:"+in.QueryType, &in.Header, workflowIDKey.String(in.WorkflowID))
	answer, err := c.Next.QueryWorkflow(ctx, in)
	end(span, err)
	return answer, err
}

func (c *clientCalls) UpdateWorkflow(ctx context.Context, in *sdk.ClientUpdateWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	if c.i.DisableUpdateTracing {
		return c.Next.UpdateWorkflow(ctx, in)
	}
	ctx, span := c.i.outgoing(ctx, "UpdateWorkflow:"+in.UpdateName, &in.Header, workflowIDKey.String(in.WorkflowID))
	reply, err := c.Next.UpdateWorkflow(ctx, in)
	end(span, err)
	return reply, err
}

// UpdateWithStartWorkflow names the span by the update. A workflow that is started for it has it as its parent, too.
func (c *clientCalls) UpdateWithStartWorkflow(ctx context.Context, in *sdk.ClientUpdateWithStartWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	if c.i.DisableUpdateTracing {
		return c.Next.UpdateWithStartWorkflow(ctx, in)
	}
	ctx, span := c.i.outgoing(ctx, "UpdateWithStartWorkflow:"+in.UpdateName, &in.Header, workflowIDKey.String(in.Options.ID), updateIDKey.String(in.UpdateOptions.ID))
	reply, err := c.Next.UpdateWithStartWorkflow(ctx, in)
	if ref := reply.GetUpdateRef(); ref != nil { // the ids may have been made behind this
		span.SetAttributes(workflowIDKey.String(ref.GetWorkflowExecution().GetWorkflowId()), updateIDKey.String(ref.GetUpdateId()))
	}
	end(span, err)
	return reply, err
}
