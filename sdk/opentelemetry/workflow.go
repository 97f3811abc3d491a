package opentelemetry

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.temporal.io/api/common/v1"

	sdk "github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/workflow"
)

// run traces one run of a workflow.
type run struct {
	sdk.WorkflowInboundInterceptorBase
	i    *interceptor
	info workflow.Info
	// spans counts those that the history leads to, whether they are started, or were before the replay.
	spans int
}

type contextKey struct{}

// SpanFromWorkflowContext is the span of the run, or of the signal, query or update that is handled. What the workflow's code writes to it is
// in the trace once, however often it is replayed, since the span ends with the run. It is false where nothing is traced; the span does
// nothing then.
func SpanFromWorkflowContext(ctx workflow.Context) (trace.Span, bool) {
	of, traced := ctx.Value(contextKey{}).(context.Context)
	if !traced {
		of = context.Background()
	}
	return trace.SpanFromContext(of), traced
}

// next has the run's next span get ids that are the same on every replay.
func (r *run) next(ctx context.Context) context.Context {
	r.spans++
	return withDerivedIDs(ctx, r.info.RunID, r.spans)
}

func (r *run) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{workflowIDKey.String(r.info.WorkflowID), runIDKey.String(r.info.RunID)}
}

func (r *run) Init(next sdk.WorkflowOutboundInterceptor) error {
	return r.Next.Init(&runCalls{sdk.WorkflowOutboundInterceptorBase{Next: next}, r})
}

// ExecuteWorkflow starts the span on each replay, since others have it as their parent, and ends it when the workflow ends for the first
// time. Where the run leaves memory before, nothing after the call is reached.
func (r *run) ExecuteWorkflow(ctx workflow.Context, in *sdk.ExecuteWorkflowInput) (any, error) {
	spanned, span := r.i.incoming(r.next(context.Background()), "RunWorkflow:"+r.info.WorkflowType, in.Header, r.info.StartTime, r.attributes()...)
	out, err := r.Next.ExecuteWorkflow(workflow.WithValue(ctx, contextKey{}, spanned), in)
	if !workflow.IsReplaying(ctx) {
		end(span, err)
	}
	return out, err
}

func (r *run) HandleSignal(ctx workflow.Context, in *sdk.HandleSignalInput) error {
	if r.i.DisableSignalTracing {
		return r.Next.HandleSignal(ctx, in)
	}
	derived := r.next(context.Background())
	if workflow.IsReplaying(ctx) {
		return r.Next.HandleSignal(ctx, in)
	}
	spanned, span := r.i.incoming(derived, "HandleSignal:"+in.SignalName, in.Header, time.Time{}, r.attributes()...)
	err := r.Next.HandleSignal(workflow.WithValue(ctx, contextKey{}, spanned), in)
	end(span, err)
	return err
}

// HandleQuery takes no derived ids: queries are in no history, and never replayed.
func (r *run) HandleQuery(ctx workflow.Context, in *sdk.HandleQueryInput) (any, error) {
	if r.i.DisableQueryTracing {
		return r.Next.HandleQuery(ctx, in)
	}
	spanned, span := r.i.incoming(context.Background(), "HandleQuery:"+in.QueryType, in.Header, time.Time{}, r.attributes()...)
	out, err := r.Next.HandleQuery(workflow.WithValue(ctx, contextKey{}, spanned), in)
	end(span, err)
	return out, err
}

// runCalls traces what the run's code asks for.
type runCalls struct {
	sdk.WorkflowOutboundInterceptorBase
	r *run
}

// spanned is the context of the span that ctx is in.
func spanned(ctx workflow.Context) context.Context {
	if of, traced := ctx.Value(contextKey{}).(context.Context); traced {
		return of
	}
	return context.Background()
}

func (c *runCalls) ExecuteActivity(ctx workflow.Context, in *sdk.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	c.asked(ctx, "StartActivity:"+in.ActivityType, &in.Header)
	return c.Next.ExecuteActivity(ctx, in)
}

func (c *runCalls) ExecuteLocalActivity(ctx workflow.Context, in *sdk.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	c.asked(ctx, "StartActivity:"+in.ActivityType, &in.Header)
	return c.Next.ExecuteLocalActivity(ctx, in)
}

func (c *runCalls) ExecuteChildWorkflow(ctx workflow.Context, in *sdk.ExecuteChildWorkflowInput) workflow.ChildWorkflowFuture[*commonpb.Payloads] {
	c.asked(ctx, "StartChildWorkflow:"+in.WorkflowType, &in.Header)
	return c.Next.ExecuteChildWorkflow(ctx, in)
}

func (c *runCalls) SignalChildWorkflow(ctx workflow.Context, in *sdk.SignalChildWorkflowInput) workflow.Future[workflow.None] {
	c.signals(ctx, "SignalChildWorkflow:"+in.SignalName, &in.Header)
	return c.Next.SignalChildWorkflow(ctx, in)
}

func (c *runCalls) SignalExternalWorkflow(ctx workflow.Context, in *sdk.SignalExternalWorkflowInput) workflow.Future[workflow.None] {
	c.signals(ctx, "SignalExternalWorkflow:"+in.SignalName, &in.Header)
	return c.Next.SignalExternalWorkflow(ctx, in)
}

func (c *runCalls) signals(ctx workflow.Context, name string, header *map[string]*commonpb.Payload) {
	if !c.r.i.DisableSignalTracing {
		c.asked(ctx, name, header)
	}
}

// asked traces that something is asked for, if that was not done before the replay.
func (c *runCalls) asked(ctx workflow.Context, name string, header *map[string]*commonpb.Payload) {
	derived := c.r.next(spanned(ctx))
	if !workflow.IsReplaying(ctx) {
		_, span := c.r.i.outgoing(derived, name, header, c.r.attributes()...)
		span.End()
	}
}

// NewContinueAsNewError makes this run's span the parent of the next.
func (c *runCalls) NewContinueAsNewError(ctx workflow.Context, in *sdk.ContinueAsNewInput) error {
	c.r.i.write(spanned(ctx), &in.Header)
	return c.Next.NewContinueAsNewError(ctx, in)
}

func (c *runCalls) GetLogger(ctx workflow.Context) zerolog.Logger {
	return named(c.Next.GetLogger(ctx), trace.SpanFromContext(spanned(ctx)))
}
