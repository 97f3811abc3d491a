package machine

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

// Owed are the tasks to queue that became due in the transactions since the
// last call. A task that was started meanwhile, as in the reply to a completion,
// is not among them.
func (r *Run) Owed() []*workerpb.Task {
	if len(r.owed) == 0 {
		return nil
	}
	owed := r.owed
	r.owed = nil
	kept := owed[:0]
	for _, task := range owed {
		if r.owes(task) {
			kept = append(kept, task)
		}
	}
	return kept
}

// Outstanding are all tasks that are due and that nobody has started.
func (r *Run) Outstanding(now time.Time) []*workerpb.Task {
	at := now.UnixNano()
	var tasks []*workerpb.Task
	if r.task != nil && r.taskStarted == nil && r.task.DueTime <= at {
		r.task.Queued = queued(r.task.Queued, at)
		tasks = append(tasks, r.workflowTask())
	}
	for _, a := range r.activities {
		if a.startable() && a.DueTime <= at {
			a.Queued = queued(a.Queued, at)
			tasks = append(tasks, r.activityTask(a))
		}
	}
	return tasks
}

// WorkflowTask is the run's workflow task when it is due and nobody has started it; else nil.
func (r *Run) WorkflowTask(now time.Time) *workerpb.Task {
	if r.task == nil || r.taskStarted != nil || r.task.DueTime > now.UnixNano() {
		return nil
	}
	return r.workflowTask()
}

// Owes tells whether some task is due, or was, and nobody has started it, or a call to another workflow has no answer.
func (r *Run) Owes() bool {
	if r.OwesCalls() {
		return true
	}
	if r.task != nil && !r.isSpeculative() && r.taskStarted == nil && r.task.Queued != nil {
		return true
	}
	for _, a := range r.activities {
		if a.startable() && a.Queued != nil {
			return true
		}
	}
	return false
}

func (r *Run) owes(task *workerpb.Task) bool {
	if task.Type == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		return r.task != nil && r.taskStarted == nil && task.ScheduledEventId == r.task.ScheduledEventId && task.Attempt == r.task.Attempt
	}
	a := r.activities[task.ScheduledEventId]
	return a != nil && a.startable() && a.Attempt == task.Attempt && a.Stamp == task.Stamp
}

// A task that nobody starts is queued again after a minute, then after twice as
// long each time, at most an hour: its message may have been lost. While it is
// still in the queue, the stream refuses the second.
const (
	firstAgain   = time.Minute
	longestAgain = time.Hour
)

// queued is the state of a task that is queued now.
func queued(before *recordpb.Queueing, now int64) *recordpb.Queueing {
	first := now
	if before != nil {
		first = before.FirstTime
	}
	wait := min(max(now-first, int64(firstAgain)), int64(longestAgain))
	return &recordpb.Queueing{FirstTime: first, AgainTime: now + wait}
}

// queueTime is when a task that is due at a time and that nobody has started is queued next.
func queueTime(due int64, q *recordpb.Queueing) int64 {
	if q == nil {
		return max(due, 1)
	}
	return q.AgainTime
}

// queueDue queues what was to wait until now.
func (r *Run) queueDue(now int64) {
	if r.task != nil && r.taskStarted == nil && queueTime(r.task.DueTime, r.task.Queued) <= now {
		r.task.Queued = queued(r.task.Queued, now)
		r.owed = append(r.owed, r.workflowTask())
	}
	for _, a := range r.activities {
		if a.startable() && queueTime(a.DueTime, a.Queued) <= now {
			a.Queued = queued(a.Queued, now)
			r.owed = append(r.owed, r.activityTask(a))
		}
	}
}

func (r *Run) workflowTask() *workerpb.Task {
	return &workerpb.Task{
		WorkflowId: r.workflowID, RunId: r.runID, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW,
		ScheduledEventId: r.task.ScheduledEventId, Attempt: r.task.Attempt,
		TaskQueue: r.start.GetTaskQueue().GetName(), Stamp: r.speculation,
	}
}

func (r *Run) activityTask(a *activity) *workerpb.Task {
	return &workerpb.Task{
		WorkflowId: r.workflowID, RunId: r.runID, Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY,
		ScheduledEventId: a.ScheduledEventId, Attempt: a.numbered(), Stamp: a.Stamp,
		TaskQueue: a.queue(),
	}
}
