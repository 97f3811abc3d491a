package machine

import (
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// A speculative workflow task is for updates alone. Nothing of it is written before its worker has accepted one of them: if
// it rejects them all, history tells nothing, and the ids of the task's events are used again. It is soft state:
// with the owner it is lost, and whoever has asked for the update asks again.

// mostUnseen is how many events beyond its last task a worker may have been sent with one that is dropped: it is sent
// them again with the next. Temporal's value.
const mostUnseen = 10

// isSpeculative tells whether the workflow task is one of which nothing is recorded.
func (r *Run) isSpeculative() bool { return r.speculation != 0 }

// speculate schedules a workflow task for the updates that wait, unless there is one.
func (t *transaction) speculate() {
	r := t.run
	if r.task != nil || r.pause != nil {
		return
	}
	if r.taskAttempt > 1 || len(r.buffered) > 0 {
		t.scheduleTask(r.taskAttempt)
		return
	}
	r.task, r.taskStarted, r.taskAttempt = &recordpb.WorkflowTask{
		ScheduledEventId: r.nextEvent(), Attempt: 1, ScheduledTime: t.now, Timeout: r.start.GetWorkflowTaskTimeout(),
		TaskQueue: r.taskQueue(), Transient: true,
	}, nil, 1
	r.speculation = t.now
	r.queueDue(t.now)
}

// commitSpeculative writes the schedule of a speculative task that nobody has started yet: an event comes behind it, whose id
// would be its own.
func (t *transaction) commitSpeculative() {
	r := t.run
	if !r.isSpeculative() || r.taskStarted != nil {
		return
	}
	owed, queued := r.owed, r.task.Queued
	t.appendAt(scheduledEvent(r.task.TaskQueue, r.task.Timeout, r.task.Attempt), r.task.ScheduledTime)
	r.owed, r.task.Queued = owed, queued // its message is in the queue
}

// dropSpeculative forgets a speculative task.
func (r *Run) dropSpeculative() { r.task, r.taskStarted, r.speculation = nil, nil, 0 }

// buffersForNone tells whether what is buffered waits for a workflow task that is no more: a speculative one, which ended
// with its owner.
func (r *Run) buffersForNone() bool { return r.Open() && r.task == nil && len(r.buffered) > 0 }

// discards tells whether a completion leaves nothing of its speculative task: all that it says is that updates are rejected.
func (t *transaction) discards(q *workflowservice.RespondWorkflowTaskCompletedRequest) bool {
	r := t.run
	if !r.isSpeculative() || len(q.Commands) > 0 || q.ForceCreateNewWorkflowTask || len(r.buffered) > 0 || r.lastComplete == 0 {
		return false
	}
	unseen := r.nextEvent() - r.lastStarted - 2
	if unseen > mostUnseen || unseen > 0 && !q.Capabilities.GetDiscardSpeculativeWorkflowTaskWithEvents() {
		return false
	}
	for _, message := range q.Messages {
		if !message.GetBody().MessageIs((*updatepb.Rejection)(nil)) {
			return false
		}
	}
	return true
}

// discard takes the answers of a speculative task and drops it. Its worker is told up to which event it has seen the history.
func (t *transaction) discard(q *workflowservice.RespondWorkflowTaskCompletedRequest, completion *completionReply) *workflowservice.RespondWorkflowTaskCompletedResponse {
	r := t.run
	t.rejectUnprocessed(q)
	r.dropSpeculative()
	t.keepSticky(q.StickyAttributes, q.Identity)
	reply := &workflowservice.RespondWorkflowTaskCompletedResponse{ResetHistoryEventId: r.lastStarted}
	completion.reply = reply
	r.lastReply = completion
	if len(r.asked) > 0 {
		t.speculate()
	}
	t.returnTask(q, completion.requestID, reply)
	return reply
}
