package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

func checkOpenTaskQueue(call api.Call) error {
	r := call.Request.(*workerpb.OpenTaskQueueRequest)
	return first(
		required("TaskQueue", r.TaskQueue),
		queueType(r.Type),
		sender(r.Identity, ""),
		ownQueue(call, r.TaskQueue),
	)
}

func checkDescribeTaskQueue(r *workflowservice.DescribeTaskQueueRequest) error {
	if r.TaskQueueType == enumspb.TASK_QUEUE_TYPE_UNSPECIFIED {
		r.TaskQueueType = enumspb.TASK_QUEUE_TYPE_WORKFLOW
	}
	return first(
		taskQueue(r.TaskQueue),
		queueType(r.TaskQueueType),
		absent("the enhanced mode of DescribeTaskQueue", r.ApiMode == enumspb.DESCRIBE_TASK_QUEUE_MODE_ENHANCED),
	)
}

func queueType(t enumspb.TaskQueueType) error {
	if t != enumspb.TASK_QUEUE_TYPE_WORKFLOW && t != enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		return serviceerror.NewInvalidArgument("TaskQueueType must be workflow or activity.")
	}
	return nil
}

// ownQueue refuses another queue than the one in the subject, by which
// permissions go.
func ownQueue(call api.Call, queue string) error {
	if api.Token(queue) != call.QueueToken {
		return serviceerror.NewInvalidArgumentf("the request names the task queue %q, and its subject another", clip(queue))
	}
	return nil
}
