package machine

import (
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// An eager start answers with the first workflow task, as started as one that was pulled: whoever starts the
// workflow has a worker for it in the same process. If nothing comes of it, the task times out, and the next
// attempt goes to the queue.

// eagerRoom are the bytes that an eager reply may have beside what the request has: ids, the token, events without input.
const eagerRoom = 16 << 10

// acceptsEager tells whether the start is answered with a task. One that waits for its first task has none yet, and
// one whose task would not fit a reply is done without.
func (t *transaction) acceptsEager(q *workflowservice.StartWorkflowExecutionRequest, a *historypb.WorkflowExecutionStartedEventAttributes) bool {
	return q.RequestEagerExecution && a.FirstWorkflowTaskBackoff.AsDuration() == 0 &&
		(t.in.MaxReply == 0 || proto.Size(q)+eagerRoom <= t.in.MaxReply)
}

// eagerTask starts the run's first workflow task for whoever started the run.
func (t *transaction) eagerTask(q *workflowservice.StartWorkflowExecutionRequest) *workflowservice.PollWorkflowTaskQueueResponse {
	if !t.run.start.GetEagerExecutionAccepted() {
		return nil
	}
	return t.giveTask(q.RequestId, q.Identity, false)
}

// eagerAgain is the task for an eager start that is repeated, while nothing came of it: the first answer may have
// been lost.
func (t *transaction) eagerAgain(q *workflowservice.StartWorkflowExecutionRequest) *workflowservice.PollWorkflowTaskQueueResponse {
	r := t.run
	if !q.RequestEagerExecution || r == nil || !r.start.GetEagerExecutionAccepted() || r.createdBy != q.RequestId {
		return nil
	}
	if started := r.taskStarted; started != nil && started.requestID == q.RequestId && r.lastStarted == 0 && r.task.Attempt == 1 {
		task, _ := started.reply.(*workflowservice.PollWorkflowTaskQueueResponse)
		return task
	}
	return nil
}
