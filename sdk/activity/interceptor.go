package activity

import (
	"context"

	"github.com/rs/zerolog"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// Interceptor wraps what happens in the activities of a worker: set it with worker.Options or client.Options.
type Interceptor interface {
	// InterceptActivity is called for each attempt, before its code. It returns what stands before next, the code or
	// the next interceptor's.
	InterceptActivity(ctx context.Context, next InboundInterceptor) InboundInterceptor
}

// InboundInterceptor stands before an attempt's code. Embed [InboundInterceptorBase] and override what is to be changed.
type InboundInterceptor interface {
	// Init is called once, before ExecuteActivity. It hands next.Init what stands before outbound, so that the
	// interceptor sees what the code does, too. An error fails the attempt.
	Init(outbound OutboundInterceptor) error
	// ExecuteActivity runs the code.
	ExecuteActivity(ctx context.Context, in *ExecuteActivityInput) (any, error)

	mustEmbedInboundInterceptorBase()
}

// OutboundInterceptor stands behind an attempt's code: what that asks of package activity passes through. Embed
// [OutboundInterceptorBase] and override what is to be changed.
type OutboundInterceptor interface {
	// GetInfo tells about the attempt.
	GetInfo(ctx context.Context) Info
	// GetLogger is the attempt's logger.
	GetLogger(ctx context.Context) zerolog.Logger
	// RecordHeartbeat records a heartbeat. It does not wait.
	RecordHeartbeat(ctx context.Context, details ...any)

	mustEmbedOutboundInterceptorBase()
}

// ExecuteActivityInput is an attempt's start.
type ExecuteActivityInput struct {
	// Input is the value that the code gets: of the declared type.
	Input any
	// Header came with the activity.
	Header map[string]*commonpb.Payload
}

// InboundInterceptorBase passes everything on to Next. For embedding.
type InboundInterceptorBase struct{ Next InboundInterceptor }

var _ InboundInterceptor = InboundInterceptorBase{}

// Init implements InboundInterceptor.
func (b InboundInterceptorBase) Init(outbound OutboundInterceptor) error {
	return b.Next.Init(outbound)
}

// ExecuteActivity implements InboundInterceptor.
func (b InboundInterceptorBase) ExecuteActivity(ctx context.Context, in *ExecuteActivityInput) (any, error) {
	return b.Next.ExecuteActivity(ctx, in)
}

func (InboundInterceptorBase) mustEmbedInboundInterceptorBase() {}

// OutboundInterceptorBase passes everything on to Next. For embedding.
type OutboundInterceptorBase struct{ Next OutboundInterceptor }

var _ OutboundInterceptor = OutboundInterceptorBase{}

// GetInfo implements OutboundInterceptor.
func (b OutboundInterceptorBase) GetInfo(ctx context.Context) Info { return b.Next.GetInfo(ctx) }

// GetLogger implements OutboundInterceptor.
func (b OutboundInterceptorBase) GetLogger(ctx context.Context) zerolog.Logger {
	return b.Next.GetLogger(ctx)
}

// RecordHeartbeat implements OutboundInterceptor.
func (b OutboundInterceptorBase) RecordHeartbeat(ctx context.Context, details ...any) {
	b.Next.RecordHeartbeat(ctx, details...)
}

func (OutboundInterceptorBase) mustEmbedOutboundInterceptorBase() {}

// outboundOf is what stands behind the code of ctx; nil outside of an activity.
func outboundOf(ctx context.Context) OutboundInterceptor {
	env := attempt.From(ctx)
	if env == nil {
		return nil
	}
	if intercepted, is := env.Outbound.(OutboundInterceptor); is {
		return intercepted
	}
	return outbound{}
}
