package interceptor

import "github.com/perdure/perdure/sdk/activity"

type (
	// ActivityInboundInterceptor stands before an activity's code.
	ActivityInboundInterceptor = activity.InboundInterceptor
	// ActivityInboundInterceptorBase passes on what comes to an activity.
	ActivityInboundInterceptorBase = activity.InboundInterceptorBase
	// ActivityOutboundInterceptor stands behind an activity's code.
	ActivityOutboundInterceptor = activity.OutboundInterceptor
	// ActivityOutboundInterceptorBase passes on what an activity asks for.
	ActivityOutboundInterceptorBase = activity.OutboundInterceptorBase
	// ExecuteActivityInput is an attempt's start.
	ExecuteActivityInput = activity.ExecuteActivityInput
)
