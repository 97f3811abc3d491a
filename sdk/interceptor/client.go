package interceptor

import "github.com/perdure/perdure/sdk/client"

type (
	// ClientInterceptor wraps what a client asks of workflows.
	ClientInterceptor = client.Interceptor
	// ClientOutboundInterceptor is one step of a client's calls.
	ClientOutboundInterceptor = client.OutboundInterceptor
	// ClientOutboundInterceptorBase passes a client's calls on.
	ClientOutboundInterceptorBase = client.OutboundInterceptorBase
	// ClientExecuteWorkflowInput is a workflow to be started.
	ClientExecuteWorkflowInput = client.ExecuteWorkflowInput
	// ClientSignalWorkflowInput is a signal to be sent.
	ClientSignalWorkflowInput = client.SignalWorkflowInput
	// ClientSignalWithStartWorkflowInput is a signal, and the workflow to be started for it.
	ClientSignalWithStartWorkflowInput = client.SignalWithStartWorkflowInput
	// ClientQueryWorkflowInput is a query to be answered.
	ClientQueryWorkflowInput = client.QueryWorkflowInput
	// ClientUpdateWorkflowInput is an update to be asked for.
	ClientUpdateWorkflowInput = client.UpdateWorkflowInput
	// ClientUpdateWithStartWorkflowInput is an update, and the workflow to be started for it.
	ClientUpdateWithStartWorkflowInput = client.UpdateWithStartWorkflowInput
	// ClientPollWorkflowUpdateInput is an update whose outcome is waited for.
	ClientPollWorkflowUpdateInput = client.PollWorkflowUpdateInput
	// ClientCancelWorkflowInput is a workflow to be cancelled.
	ClientCancelWorkflowInput = client.CancelWorkflowInput
	// ClientTerminateWorkflowInput is a workflow to be terminated.
	ClientTerminateWorkflowInput = client.TerminateWorkflowInput
	// ClientDescribeWorkflowInput is a workflow to be described.
	ClientDescribeWorkflowInput = client.DescribeWorkflowInput
)
