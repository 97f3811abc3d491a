package interceptor

import (
	"context"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflow"
)

// Interceptor intercepts all there is: set with client.Options it is the client's and that of all its workers.
type Interceptor interface {
	ClientInterceptor
	WorkerInterceptor
}

// WorkerInterceptor intercepts what a worker runs: set it with worker.Options.
type WorkerInterceptor interface {
	workflow.Interceptor
	activity.Interceptor
}

// Base intercepts nothing. For embedding.
type Base struct{}

var _ Interceptor = Base{}

// InterceptClient returns next.
func (Base) InterceptClient(next ClientOutboundInterceptor) ClientOutboundInterceptor {
	return next
}

// InterceptWorkflow returns next.
func (Base) InterceptWorkflow(_ workflow.Context, next WorkflowInboundInterceptor) WorkflowInboundInterceptor {
	return next
}

// InterceptActivity returns next.
func (Base) InterceptActivity(_ context.Context, next ActivityInboundInterceptor) ActivityInboundInterceptor {
	return next
}
