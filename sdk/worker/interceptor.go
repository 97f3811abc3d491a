package worker

import (
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/workflow"
)

// interceptors wrap what a worker runs.
type interceptors struct {
	workflow []workflow.Interceptor
	activity []activity.Interceptor
}

// interceptorsOf are the client's that are for workers, and then the worker's own.
func interceptorsOf(c []client.Interceptor, w []interceptor.WorkerInterceptor) interceptors {
	var all interceptors
	add := func(i interceptor.WorkerInterceptor) {
		all.workflow, all.activity = append(all.workflow, i), append(all.activity, i)
	}
	for _, i := range c {
		if both, is := i.(interceptor.WorkerInterceptor); is {
			add(both)
		}
	}
	for _, i := range w {
		add(i)
	}
	return all
}
