package workflowtest

import (
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/workflow"
)

func aroundWorkflows(all []interceptor.WorkerInterceptor) []workflow.Interceptor {
	var around []workflow.Interceptor
	for _, i := range all {
		around = append(around, i)
	}
	return around
}

func aroundActivities(all []interceptor.WorkerInterceptor) []activity.Interceptor {
	var around []activity.Interceptor
	for _, i := range all {
		around = append(around, i)
	}
	return around
}
