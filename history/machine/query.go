package machine

import (
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/workerpb"

	enumspb "go.temporal.io/api/enums/v1"
)

// Queue is the run's task queue.
func (r *Run) Queue() string { return r.start.GetTaskQueue().GetName() }

// QueueOf is the queue of one of the run's tasks; "" when it is not, or no longer, one.
func (r *Run) QueueOf(task *workerpb.Task) string {
	if task.GetRunId() != r.runID {
		return ""
	}
	if task.Type == enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		if a := r.activities[task.ScheduledEventId]; a != nil && a.Stamp == task.Stamp {
			return a.queue()
		}
		return ""
	}
	return r.Queue()
}

// StartedBy is the request id by which the workflow task was started that a worker has; "" when none has.
func (r *Run) StartedBy() string {
	if r.taskStarted == nil {
		return ""
	}
	return r.taskStarted.requestID
}

// QueryTask is what a worker is sent to answer a query. It holds no history: a
// worker that has not got the run in its cache asks for it.
func (r *Run) QueryTask() *workflowservice.PollWorkflowTaskQueueResponse {
	return &workflowservice.PollWorkflowTaskQueueResponse{
		WorkflowExecution: r.execution(), WorkflowType: r.start.GetWorkflowType(),
		PreviousStartedEventId: r.lastStarted, WorkflowExecutionTaskQueue: r.normalQueue(),
	}
}

// QueryRefusal is why a query cannot wait for the pending workflow task; nil
// when it can: the first has not come yet, or attempts keep failing.
func (r *Run) QueryRefusal(stuckAttempt int32) error {
	if r.inBackoff {
		return serviceerror.NewWorkflowNotReady("Unable to query workflow before its first workflow task: it waits for its start.")
	}
	if r.task != nil && r.task.Attempt >= stuckAttempt {
		return serviceerror.NewWorkflowNotReady("Unable to query workflow due to Workflow Task in failed state: its workflow task fails again and again; see perdure workflow show.")
	}
	return nil
}
