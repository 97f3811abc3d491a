package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// startTask makes a task that a worker pulled its own. NotFound says that the
// task is stale: done, given to another, or of another attempt.
func (t *transaction) startTask(q *workerpb.StartTaskRequest) (proto.Message, error) {
	switch q.GetTask().GetType() {
	case enumspb.TASK_QUEUE_TYPE_WORKFLOW:
		return t.startWorkflowTask(q)
	case enumspb.TASK_QUEUE_TYPE_ACTIVITY:
		reply, err := t.startActivityTask(q)
		if err != nil {
			return nil, err
		}
		return reply, nil
	}
	return nil, serviceerror.NewInvalidArgumentf("a task of type %s cannot be started", q.GetTask().GetType())
}

// StartSticky starts the run's workflow task for the worker that holds the run
// in its cache: the task holds only what is new since the last. It is nil when
// there is no task to start, or no such worker.
func StartSticky(w *Workflow, in Input) (Decision, error) {
	t := newTransaction(w, in)
	r := t.run
	if r == nil || !r.Open() || r.task == nil || r.taskStarted != nil || r.sticky == nil || r.task.DueTime > t.now || len(r.buffered) > 0 || r.full(in.limits()) {
		return Decision{}, nil
	}
	reply := t.giveTask(in.RunID, r.sticky.Identity, true)
	if t.broken != nil {
		return Decision{}, brokenBy(t.broken)
	}
	return Decision{Record: t.finish(), Reply: reply}, nil
}

// ReturnSticky takes back a workflow task that the worker did not accept. The task
// is owed again; requestID is the one it was started with.
func (r *Run) ReturnSticky(requestID string) {
	if r.task == nil || r.taskStarted == nil || r.taskStarted.requestID != requestID {
		return
	}
	r.taskStarted = nil
	r.sticky = nil
	r.owed = append(r.owed, r.workflowTask())
}
