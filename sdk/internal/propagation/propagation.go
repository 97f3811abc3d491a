package propagation

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/header"
	"github.com/perdure/perdure/sdk/workflow"
)

// Before are interceptors with that of the propagators before them, where there are any: what came is in the
// context before another sees it, and what another changes of the context still travels.
func Before(interceptors []interceptor.WorkerInterceptor, propagators []workflow.ContextPropagator) []interceptor.WorkerInterceptor {
	if len(propagators) == 0 {
		return interceptors
	}
	return append([]interceptor.WorkerInterceptor{propagation{propagators: propagators}}, interceptors...)
}

// propagation is the interceptor.
type propagation struct {
	interceptor.Base
	propagators propagators
}

func (p propagation) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, p.propagators}
}

func (p propagation) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return attempt{interceptor.ActivityInboundInterceptorBase{Next: next}, p.propagators}
}

type propagators []workflow.ContextPropagator

// extract fails the workflow task: the workflow is not to run, or to lose a signal, for a fault of a propagator.
func (p propagators) extract(ctx workflow.Context, fields header.Fields) workflow.Context {
	for _, one := range p {
		with, err := one.ExtractToWorkflow(ctx, fields)
		if err != nil {
			panic(fmt.Errorf("context propagator %T: %w", one, err))
		}
		ctx = with
	}
	return ctx
}

func (p propagators) inject(ctx workflow.Context, fields *map[string]*commonpb.Payload) error {
	if *fields == nil {
		*fields = map[string]*commonpb.Payload{}
	}
	for _, one := range p {
		if err := one.InjectFromWorkflow(ctx, header.Fields(*fields)); err != nil {
			return fmt.Errorf("context propagator %T: %w", one, err)
		}
	}
	return nil
}

// inbound puts what came into the workflow's context.
type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	propagators propagators
}

func (i inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(outbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, i.propagators})
}

func (i inbound) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	return i.Next.ExecuteWorkflow(i.propagators.extract(ctx, in.Header), in)
}

func (i inbound) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	return i.Next.HandleSignal(i.propagators.extract(ctx, in.Header), in)
}

func (i inbound) HandleQuery(ctx workflow.Context, in *interceptor.HandleQueryInput) (any, error) {
	return i.Next.HandleQuery(i.propagators.extract(ctx, in.Header), in)
}

func (i inbound) ValidateUpdate(ctx workflow.Context, in *interceptor.UpdateInput) error {
	return i.Next.ValidateUpdate(i.propagators.extract(ctx, in.Header), in)
}

func (i inbound) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	return i.Next.ExecuteUpdate(i.propagators.extract(ctx, in.Header), in)
}

// outbound writes what is to travel of the workflow's context.
type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	propagators propagators
}

func (o outbound) ExecuteActivity(ctx workflow.Context, in *interceptor.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	if err := o.propagators.inject(ctx, &in.Header); err != nil {
		return failed[*commonpb.Payloads](ctx, err)
	}
	return o.Next.ExecuteActivity(ctx, in)
}

func (o outbound) ExecuteLocalActivity(ctx workflow.Context, in *interceptor.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	if err := o.propagators.inject(ctx, &in.Header); err != nil {
		return failed[*commonpb.Payloads](ctx, err)
	}
	return o.Next.ExecuteLocalActivity(ctx, in)
}

func (o outbound) ExecuteChildWorkflow(ctx workflow.Context, in *interceptor.ExecuteChildWorkflowInput) workflow.ChildWorkflowFuture[*commonpb.Payloads] {
	if err := o.propagators.inject(ctx, &in.Header); err != nil {
		return notStarted{failed[*commonpb.Payloads](ctx, err), failed[workflow.Execution](ctx, err)}
	}
	return o.Next.ExecuteChildWorkflow(ctx, in)
}

func (o outbound) SignalChildWorkflow(ctx workflow.Context, in *interceptor.SignalChildWorkflowInput) workflow.Future[workflow.None] {
	if err := o.propagators.inject(ctx, &in.Header); err != nil {
		return failed[workflow.None](ctx, err)
	}
	return o.Next.SignalChildWorkflow(ctx, in)
}

func (o outbound) SignalExternalWorkflow(ctx workflow.Context, in *interceptor.SignalExternalWorkflowInput) workflow.Future[workflow.None] {
	if err := o.propagators.inject(ctx, &in.Header); err != nil {
		return failed[workflow.None](ctx, err)
	}
	return o.Next.SignalExternalWorkflow(ctx, in)
}

func (o outbound) NewContinueAsNewError(ctx workflow.Context, in *interceptor.ContinueAsNewInput) error {
	if err := o.propagators.inject(ctx, &in.Header); err != nil {
		return err
	}
	return o.Next.NewContinueAsNewError(ctx, in)
}

func failed[T any](ctx workflow.Context, err error) workflow.Future[T] {
	future, settable := workflow.NewFuture[T](ctx)
	settable.SetError(err)
	return future
}

// notStarted is a child that there is none of.
type notStarted struct {
	workflow.Future[*commonpb.Payloads]
	execution workflow.Future[workflow.Execution]
}

func (n notStarted) GetChildWorkflowExecution() workflow.Future[workflow.Execution] {
	return n.execution
}

// attempt puts what came with an activity into its context.
type attempt struct {
	interceptor.ActivityInboundInterceptorBase
	propagators propagators
}

func (a attempt) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	for _, one := range a.propagators {
		with, err := one.Extract(ctx, header.Fields(in.Header))
		if err != nil {
			return nil, fmt.Errorf("context propagator %T: %w", one, err)
		}
		ctx = with
	}
	return a.Next.ExecuteActivity(ctx, in)
}
