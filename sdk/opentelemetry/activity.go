package opentelemetry

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/perdure/perdure/sdk/activity"
	sdk "github.com/perdure/perdure/sdk/interceptor"
)

// attempt traces one attempt at an activity. Its code has the span in its context, and so has all that it calls.
type attempt struct {
	sdk.ActivityInboundInterceptorBase
	i *interceptor
}

func (a *attempt) Init(next sdk.ActivityOutboundInterceptor) error {
	return a.Next.Init(&attemptCalls{sdk.ActivityOutboundInterceptorBase{Next: next}})
}

func (a *attempt) ExecuteActivity(ctx context.Context, in *sdk.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	ctx, span := a.i.incoming(ctx, "RunActivity:"+info.ActivityType, in.Header, time.Time{},
		workflowIDKey.String(info.WorkflowID), runIDKey.String(info.RunID), activityIDKey.String(info.ActivityID))
	panicked := true
	defer func() {
		if panicked { // the worker takes the panic
			span.SetStatus(codes.Error, "the activity panicked")
			span.End()
		}
	}()
	out, err := a.Next.ExecuteActivity(ctx, in)
	panicked = false
	end(span, err)
	return out, err
}

// attemptCalls adds the span to the attempt's log.
type attemptCalls struct {
	sdk.ActivityOutboundInterceptorBase
}

func (a *attemptCalls) GetLogger(ctx context.Context) zerolog.Logger {
	return named(a.Next.GetLogger(ctx), trace.SpanFromContext(ctx))
}
