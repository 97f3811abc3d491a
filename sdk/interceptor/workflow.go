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
	// UpdateInput is an update that has come.
	UpdateInput = workflow.UpdateInput
	// ScheduleActivityInput is an activity that a workflow schedules.
	ScheduleActivityInput = workflow.ExecuteActivityInput
	// ExecuteChildWorkflowInput is a child workflow that a workflow starts.
	ExecuteChildWorkflowInput = workflow.ExecuteChildWorkflowInput
	// SignalChildWorkflowInput is a signal from a workflow to its child.
	SignalChildWorkflowInput = workflow.SignalChildWorkflowInput
	// SignalExternalWorkflowInput is a signal from one workflow to another.
	SignalExternalWorkflowInput = workflow.SignalExternalWorkflowInput
	// RequestCancelExternalWorkflowInput is a request of one workflow to cancel another.
	RequestCancelExternalWorkflowInput = workflow.RequestCancelExternalWorkflowInput
	// NewTimerInput is a timer that a workflow starts.
	NewTimerInput = workflow.NewTimerInput
	// UpsertSearchAttributesInput are search attributes that a workflow sets and removes.
	UpsertSearchAttributesInput = workflow.UpsertSearchAttributesInput
	// UpsertMemoInput are fields of the memo that a workflow sets and removes.
	UpsertMemoInput = workflow.UpsertMemoInput
	// ContinueAsNewInput is the next run.
	ContinueAsNewInput = workflow.ContinueAsNewInput
)
