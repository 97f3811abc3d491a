package client

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	headers "github.com/perdure/perdure/sdk/internal/header"
	"github.com/perdure/perdure/sdk/workflow"
)

// propagation writes what travels of a call's context into its header, behind the interceptors.
type propagation struct {
	OutboundInterceptorBase
	propagators []workflow.ContextPropagator
}

func (p propagation) ExecuteWorkflow(ctx context.Context, in *ExecuteWorkflowInput) (*commonpb.WorkflowExecution, error) {
	if err := p.inject(ctx, &in.Header); err != nil {
		return nil, err
	}
	return p.Next.ExecuteWorkflow(ctx, in)
}

func (p propagation) SignalWorkflow(ctx context.Context, in *SignalWorkflowInput) error {
	if err := p.inject(ctx, &in.Header); err != nil {
		return err
	}
	return p.Next.SignalWorkflow(ctx, in)
}

func (p propagation) SignalWithStartWorkflow(ctx context.Context, in *SignalWithStartWorkflowInput) (*commonpb.WorkflowExecution, error) {
	if err := p.inject(ctx, &in.Header); err != nil {
		return nil, err
	}
	return p.Next.SignalWithStartWorkflow(ctx, in)
}

func (p propagation) QueryWorkflow(ctx context.Context, in *QueryWorkflowInput) (*commonpb.Payloads, error) {
	if err := p.inject(ctx, &in.Header); err != nil {
		return nil, err
	}
	return p.Next.QueryWorkflow(ctx, in)
}

func (p propagation) UpdateWorkflow(ctx context.Context, in *UpdateWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	if err := p.inject(ctx, &in.Header); err != nil {
		return nil, err
	}
	return p.Next.UpdateWorkflow(ctx, in)
}

func (p propagation) UpdateWithStartWorkflow(ctx context.Context, in *UpdateWithStartWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	if err := p.inject(ctx, &in.Header); err != nil {
		return nil, err
	}
	return p.Next.UpdateWithStartWorkflow(ctx, in)
}

func (p propagation) inject(ctx context.Context, fields *map[string]*commonpb.Payload) error {
	if *fields == nil {
		*fields = map[string]*commonpb.Payload{}
	}
	for _, one := range p.propagators {
		if err := one.Inject(ctx, headers.Fields(*fields)); err != nil {
			return fmt.Errorf("context propagator %T: %w", one, err)
		}
	}
	return nil
}
