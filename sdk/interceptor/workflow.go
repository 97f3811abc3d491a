package interceptor

import "github.com/perdure/perdure/sdk/workflow"

type (
	// WorkflowInboundInterceptor stands before a workflow's code.
	WorkflowInboundInterceptor = workflow.InboundInterceptor
	// WorkflowInboundInterceptorBase passes on what comes to a workflow.
	WorkflowInboundInterceptorBase = workflow.InboundInterceptorBase
	// WorkflowOutboundInterceptor stands behind a workflow's code.
	WorkflowOutboundInterceptor = workflow.OutboundInterceptor
	// WorkflowOutboundInterceptorBase passes on what a workflow asks for.
	WorkflowOutboundInterceptorBase = workflow.OutboundInterceptorBase
	// ExecuteWorkflowInput is a run's start.
	ExecuteWorkflowInput = workflow.ExecuteWorkflowInput
	// HandleSignalInput is a signal that has come.
	HandleSignalInput = workflow.HandleSignalInput
	// HandleQueryInput is a query that has come.
	HandleQueryInput = workflow.HandleQueryInput
	// ScheduleActivityInput is an activity that a workflow schedules.
	ScheduleActivityInput = workflow.ExecuteActivityInput
	// NewTimerInput is a timer that a workflow starts.
	NewTimerInput = workflow.NewTimerInput
	// ContinueAsNewInput is the next run.
	ContinueAsNewInput = workflow.ContinueAsNewInput
)
