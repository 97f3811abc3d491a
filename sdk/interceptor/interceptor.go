package interceptor

import (
	"context"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
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

// ClientInterceptor and what follows are of a client.
type (
	ClientInterceptor                  = client.Interceptor
	ClientOutboundInterceptor          = client.OutboundInterceptor
	ClientOutboundInterceptorBase      = client.OutboundInterceptorBase
	ClientExecuteWorkflowInput         = client.ExecuteWorkflowInput
	ClientSignalWorkflowInput          = client.SignalWorkflowInput
	ClientSignalWithStartWorkflowInput = client.SignalWithStartWorkflowInput
	ClientQueryWorkflowInput           = client.QueryWorkflowInput
	ClientCancelWorkflowInput          = client.CancelWorkflowInput
	ClientTerminateWorkflowInput       = client.TerminateWorkflowInput
	ClientDescribeWorkflowInput        = client.DescribeWorkflowInput
)

// WorkflowInboundInterceptor and what follows are of workflows.
type (
	WorkflowInboundInterceptor      = workflow.InboundInterceptor
	WorkflowInboundInterceptorBase  = workflow.InboundInterceptorBase
	WorkflowOutboundInterceptor     = workflow.OutboundInterceptor
	WorkflowOutboundInterceptorBase = workflow.OutboundInterceptorBase
	ExecuteWorkflowInput            = workflow.ExecuteWorkflowInput
	HandleSignalInput               = workflow.HandleSignalInput
	HandleQueryInput                = workflow.HandleQueryInput
	ScheduleActivityInput           = workflow.ExecuteActivityInput
	NewTimerInput                   = workflow.NewTimerInput
	ContinueAsNewInput              = workflow.ContinueAsNewInput
)

// ActivityInboundInterceptor and what follows are of activities.
type (
	ActivityInboundInterceptor      = activity.InboundInterceptor
	ActivityInboundInterceptorBase  = activity.InboundInterceptorBase
	ActivityOutboundInterceptor     = activity.OutboundInterceptor
	ActivityOutboundInterceptorBase = activity.OutboundInterceptorBase
	ExecuteActivityInput            = activity.ExecuteActivityInput
)
