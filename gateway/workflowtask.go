package gateway

import (
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// checkWorkflowTaskCompleted leaves what is not implemented, commands and worker versioning, to whoever decides: the
// workflow task fails then, and its history says why. A refusal here would be known to the worker alone.
func checkWorkflowTaskCompleted(r *workflowservice.RespondWorkflowTaskCompletedRequest) error {
	return first(
		taskToken(r.TaskToken),
		sender(r.Identity, ""),
		bounded("StickyAttributes.WorkerTaskQueue", r.StickyAttributes.GetWorkerTaskQueue().GetName()),
		duration("StickyAttributes.ScheduleToStartTimeout", r.StickyAttributes.GetScheduleToStartTimeout()),
	)
}

func checkWorkflowTaskFailed(r *workflowservice.RespondWorkflowTaskFailedRequest) error {
	return first(taskToken(r.TaskToken), sender(r.Identity, ""))
}

// checkStartTask: a worker starts what it pulled from the queue of its subject.
func checkStartTask(call api.Call) error {
	r := call.Request.(*workerpb.StartTaskRequest)
	if r.Task == nil {
		return serviceerror.NewInvalidArgument("Task is not set on request.")
	}
	return first(
		required("WorkflowId", r.Task.WorkflowId),
		required("RunId", r.Task.RunId),
		runID(r.Task.RunId),
		required("RequestId", r.RequestId),
		sender(r.Identity, r.RequestId),
		required("TaskQueue", r.Task.TaskQueue),
		ownQueue(call, r.Task.TaskQueue),
	)
}
