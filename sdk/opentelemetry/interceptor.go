package opentelemetry

import (
	"context"

	sdk "github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/workflow"
)

// interceptor traces what passes through it.
type interceptor struct{ Options }

// NewInterceptor traces a client and its workers, where it is one of client.Options, or a worker alone.
func NewInterceptor(o Options) sdk.Interceptor { return &interceptor{o.withDefaults()} }

func (i *interceptor) InterceptClient(next sdk.ClientOutboundInterceptor) sdk.ClientOutboundInterceptor {
	return &clientCalls{sdk.ClientOutboundInterceptorBase{Next: next}, i}
}

func (i *interceptor) InterceptWorkflow(ctx workflow.Context, next sdk.WorkflowInboundInterceptor) sdk.WorkflowInboundInterceptor {
	return &run{WorkflowInboundInterceptorBase: sdk.WorkflowInboundInterceptorBase{Next: next}, i: i, info: workflow.GetInfo(ctx)}
}

func (i *interceptor) InterceptActivity(_ context.Context, next sdk.ActivityInboundInterceptor) sdk.ActivityInboundInterceptor {
	return &attempt{sdk.ActivityInboundInterceptorBase{Next: next}, i}
}
