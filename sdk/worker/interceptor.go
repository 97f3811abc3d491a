package worker

import (
	"slices"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/propagation"
	"github.com/perdure/perdure/sdk/workflow"
)

// interceptors wrap what a worker runs.
type interceptors struct {
	workflow []workflow.Interceptor
	activity []activity.Interceptor
}

// interceptorsOf are the client's that are for workers, and then the worker's own, behind what their context propagators do.
func interceptorsOf(c client.Options, w Options) interceptors {
	var own []interceptor.WorkerInterceptor
	for _, i := range c.Interceptors {
		if both, is := i.(interceptor.WorkerInterceptor); is {
			own = append(own, both)
		}
	}
	own = append(own, w.Interceptors...)
	var all interceptors
	for _, i := range propagation.Before(own, slices.Concat(c.ContextPropagators, w.ContextPropagators)) {
		all.workflow, all.activity = append(all.workflow, i), append(all.activity, i)
	}
	return all
}
