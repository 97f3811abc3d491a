package machine

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/recordpb"
)

// DefaultTaskTimeout is a workflow task's time-out where the start names none, and longestTaskTimeout what a longer one is
// cut to. Temporal's values.
const (
	DefaultTaskTimeout = 10 * time.Second
	longestTaskTimeout = 2 * time.Minute
)

// A workflow task that keeps failing is queued again at once twice, then after
// a wait that doubles, so that broken workflow code does not spin.
const (
	quickAttempts   = 3
	firstRetryWait  = time.Second
	longestRetryWay = time.Minute
)

func stale(what string) error {
	return serviceerror.NewNotFoundf("%s: the task is not, or no longer, to be done", what)
}

// needWorkflowTask schedules a workflow task unless there is one, or the first is still to wait.
func (t *transaction) needWorkflowTask() {
	if t.run.task != nil || t.run.inBackoff || !t.run.Open() {
		return
	}
	t.scheduleTask(t.run.taskAttempt)
}

// scheduleTask schedules the attempt unless the run is paused: it is given one when it goes on.
func (t *transaction) scheduleTask(attempt int32) {
	r := t.run
	if r.pause != nil {
		return
	}
	timeout := r.start.GetWorkflowTaskTimeout()
	if attempt > 1 {
		t.change(&recordpb.Change{Change: &recordpb.Change_TransientWorkflowTask{TransientWorkflowTask: &recordpb.WorkflowTask{
			ScheduledEventId: r.nextEvent(), Attempt: attempt, ScheduledTime: t.now, Timeout: timeout,
			TaskQueue: r.normalQueue(), Transient: true, DueTime: t.now + int64(retryWait(attempt)),
		}}})
		return
	}
	t.append(scheduledEvent(r.taskQueue(), timeout, attempt))
}

func retryWait(attempt int32) time.Duration {
	if attempt <= quickAttempts {
		return 0
	}
	wait := firstRetryWait
	for i := int32(quickAttempts + 1); i < attempt && wait < longestRetryWay; i++ {
		wait *= 2
	}
	return min(wait, longestRetryWay)
}

func (r *Run) normalQueue() *taskqueuepb.TaskQueue {
	return &taskqueuepb.TaskQueue{Name: r.start.GetTaskQueue().GetName(), Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
}

// taskQueue is where a workflow task goes: to the worker that holds the run in its cache, if there is one.
func (r *Run) taskQueue() *taskqueuepb.TaskQueue {
	if r.sticky == nil {
		return r.normalQueue()
	}
	return &taskqueuepb.TaskQueue{Name: r.sticky.Worker, Kind: enumspb.TASK_QUEUE_KIND_STICKY, NormalName: r.normalQueue().GetName()}
}

func scheduledEvent(queue *taskqueuepb.TaskQueue, timeout *durationpb.Duration, attempt int32) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{
			TaskQueue: queue, StartToCloseTimeout: timeout, Attempt: attempt,
		}},
	}
}

func (r *Run) applyTaskScheduled(event *historypb.HistoryEvent, a *historypb.WorkflowTaskScheduledEventAttributes, now int64) {
	r.inBackoff = false
	r.setTask(&recordpb.WorkflowTask{
		ScheduledEventId: event.EventId, Attempt: a.Attempt, ScheduledTime: event.EventTime.AsTime().UnixNano(),
		Timeout: a.StartToCloseTimeout, TaskQueue: a.TaskQueue,
	}, now)
}

func (r *Run) setTask(task *recordpb.WorkflowTask, now int64) {
	r.task, r.taskStarted, r.taskAttempt, r.speculation = task, nil, task.Attempt, 0
	r.queueDue(now)
}

// taskEnded leaves no workflow task. A failed one counts as an attempt, unless
// it was sticky: then the worker's cache may have been at fault.
func (r *Run) taskEnded(failed bool) {
	attempt := int32(1)
	if failed && r.task != nil && r.task.TaskQueue.GetKind() != enumspb.TASK_QUEUE_KIND_STICKY {
		attempt = r.task.Attempt + 1
	}
	r.task, r.taskStarted, r.taskAttempt, r.speculation = nil, nil, attempt, 0
	if failed {
		r.sticky = nil
	}
}

func (r *Run) applyTaskCompleted(id int64, a *historypb.WorkflowTaskCompletedEventAttributes) {
	r.lastStarted, r.lastComplete = a.StartedEventId, id
	r.taskEnded(false)
}
