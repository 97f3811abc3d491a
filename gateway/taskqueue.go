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
		bounded("StickyTaskQueue", r.StickyTaskQueue),
		bounded("WorkerInstanceKey", r.WorkerInstanceKey),
		ownQueue(call, r.TaskQueue),
	)
}

// maxBuildIDs bounds what a description answers with.
const maxBuildIDs = 100

func checkDescribeTaskQueue(r *workflowservice.DescribeTaskQueueRequest) error {
	if r.TaskQueueType == enumspb.TASK_QUEUE_TYPE_UNSPECIFIED {
		r.TaskQueueType = enumspb.TASK_QUEUE_TYPE_WORKFLOW
	}
	return first(
		taskQueue(r.TaskQueue),
		bounded("TaskQueue.NormalName", r.TaskQueue.GetNormalName()),
		known("TaskQueue.Kind", r.TaskQueue.GetKind(), enumspb.TaskQueueKind_name),
		known("TaskQueueType", r.TaskQueueType, enumspb.TaskQueueType_name),
		known("ApiMode", r.ApiMode, enumspb.DescribeTaskQueueMode_name),
		queueTypes(r.TaskQueueTypes),
		checkEnhanced(r),
	)
}

func checkEnhanced(r *workflowservice.DescribeTaskQueueRequest) error {
	if n := len(r.GetVersions().GetBuildIds()); n > maxBuildIDs {
		return serviceerror.NewInvalidArgumentf("Too many build ids are asked for at once: %d build ids, at most %d are possible.", n, maxBuildIDs)
	}
	if r.ApiMode == enumspb.DESCRIBE_TASK_QUEUE_MODE_ENHANCED && r.TaskQueue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
		return serviceerror.NewInvalidArgument("Enhanced DescribeTaskQueue is not valid for a sticky queue, use api_mode=UNSPECIFIED or a normal queue.")
	}
	return nil
}

func checkListTaskQueuePartitions(r *workflowservice.ListTaskQueuePartitionsRequest) error {
	return taskQueue(r.TaskQueue)
}

// checkShutdownWorker: a worker takes leave of the queue of its subject.
func checkShutdownWorker(call api.Call) error {
	r := call.Request.(*workflowservice.ShutdownWorkerRequest)
	return first(
		required("TaskQueue", r.TaskQueue),
		bounded("StickyTaskQueue", r.StickyTaskQueue),
		bounded("WorkerInstanceKey", r.WorkerInstanceKey),
		queueTypes(r.TaskQueueTypes),
		sender(r.Identity, ""),
		ownQueue(call, r.TaskQueue),
	)
}

// queueTypes refuses a list of what are no kinds of tasks. That there are Nexus tasks is known to callers, and
// so they may be named where there is nothing to say of them.
func queueTypes(types []enumspb.TaskQueueType) error {
	for _, t := range types {
		if _, found := enumspb.TaskQueueType_name[int32(t)]; !found || t == enumspb.TASK_QUEUE_TYPE_UNSPECIFIED {
			return serviceerror.NewInvalidArgument("TaskQueueTypes must each be workflow, activity or nexus.")
		}
	}
	return nil
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
