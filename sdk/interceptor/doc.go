// Package interceptor has the interceptors of clients, workflows and activities under one roof, with the names that Temporal's
// SDK gives them.
//
// An interceptor stands before and behind the code of an application: it sees, and may change, what a client asks of
// workflows, what comes to a workflow and what its code asks for, and the attempts at activities. It embeds a base, which passes everything on,
// and overrides what it is about:
//
//	type logging struct{ interceptor.Base }
//
//	func (logging) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
//		return &activityLog{interceptor.ActivityInboundInterceptorBase{Next: next}}
//	}
//
// Each step of a chain gets a header that travels with the start, signal, query or activity: that is how what one process
// knows, such as a trace, reaches the next. Interceptors of workflows are run again on replay, as the workflow's code is: they must be deterministic,
// and ask workflow.IsReplaying before they have any effect.
//
// The interfaces are declared where they are called: in packages client, workflow and activity.
package interceptor
