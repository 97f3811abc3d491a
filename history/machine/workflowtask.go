package machine

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

// DefaultTaskTimeout is a workflow task's time-out where the start names none.
const DefaultTaskTimeout = 10 * time.Second

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

func (t *transaction) scheduleTask(attempt int32) {
	r := t.run
	timeout := r.start.GetWorkflowTaskTimeout()
	if attempt > 1 {
		t.change(&recordpb.Change{Change: &recordpb.Change_TransientWorkflowTask{TransientWorkflowTask: &recordpb.WorkflowTask{
			ScheduledEventId: r.nextEvent(), Attempt: attempt, ScheduledTime: t.now, Timeout: timeout,
			TaskQueue: r.normalQueue(), Transient: true, DueTime: t.now + int64(retryWait(attempt)),
		}}})
		return
	}
	queue := r.normalQueue()
	if r.sticky != nil {
		queue = &taskqueuepb.TaskQueue{Name: r.sticky.Worker, Kind: enumspb.TASK_QUEUE_KIND_STICKY, NormalName: queue.GetName()}
	}
	t.append(scheduledEvent(queue, timeout, attempt))
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
	r.task, r.taskStarted, r.taskAttempt = task, nil, task.Attempt
	r.queueDue(now)
}

// taskEnded leaves no workflow task. A failed one counts as an attempt, unless
// it was sticky: then the worker's cache may have been at fault.
func (r *Run) taskEnded(failed bool) {
	attempt := int32(1)
	if failed && r.task != nil && r.task.TaskQueue.GetKind() != enumspb.TASK_QUEUE_KIND_STICKY {
		attempt = r.task.Attempt + 1
	}
	r.task, r.taskStarted, r.taskAttempt = nil, nil, attempt
	if failed {
		r.sticky = nil
	}
}

func (r *Run) applyTaskCompleted(id int64, a *historypb.WorkflowTaskCompletedEventAttributes) {
	r.lastStarted, r.lastComplete = a.StartedEventId, id
	r.taskEnded(false)
}

// startWorkflowTask makes the task the caller's. Nothing is written but what
// had to wait for it: an attempt that was transient becomes a written one when
// events came meanwhile.
func (t *transaction) startWorkflowTask(q *workerpb.StartTaskRequest) (proto.Message, error) {
	const doing = "starting a workflow task"
	r := t.run
	if r == nil || !r.Open() || r.runID != q.GetTask().GetRunId() || r.task == nil {
		return nil, stale(doing)
	}
	if started := r.taskStarted; started != nil {
		if started.requestID == q.RequestId && q.RequestId != "" {
			if started.reply == nil { // it was started with an earlier owner
				started.reply = t.taskContent(false)
			}
			return started.reply, nil
		}
		return nil, stale(doing)
	}
	if q.Task.ScheduledEventId != r.task.ScheduledEventId || q.Task.Attempt != r.task.Attempt {
		return nil, stale(doing)
	}
	return t.giveTask(q.RequestId, q.Identity, false), nil
}

// giveTask marks the workflow task started and is its content; sticky gives
// only what is new since the last one.
func (t *transaction) giveTask(requestID, identity string, sticky bool) *workflowservice.PollWorkflowTaskQueueResponse {
	r := t.run
	if t.flush() || r.task.Transient && r.task.ScheduledEventId != r.nextEvent() {
		// Buffered for a start that this owner does not know of, or come behind
		// a transient attempt: the worker sees them now.
		if r.task.Transient {
			t.append(scheduledEvent(r.normalQueue(), r.task.Timeout, 1))
		}
	}
	started := &startedTask{
		requestID: requestID, identity: identity, time: t.now, timeout: r.task.Timeout.AsDuration(),
		scheduled: r.task.ScheduledEventId, started: r.nextEvent(), size: r.size,
	}
	if r.task.Transient {
		started.started++
	}
	r.taskStarted = started
	reply := t.taskContent(sticky)
	started.reply = reply
	return reply
}

func (t *transaction) taskContent(sticky bool) *workflowservice.PollWorkflowTaskQueueResponse {
	r, started := t.run, t.run.taskStarted
	reply := &workflowservice.PollWorkflowTaskQueueResponse{
		TaskToken:                  t.workflowTaskToken(),
		WorkflowExecution:          r.execution(),
		WorkflowType:               r.start.GetWorkflowType(),
		PreviousStartedEventId:     r.lastStarted,
		StartedEventId:             started.started,
		Attempt:                    r.task.Attempt,
		WorkflowExecutionTaskQueue: r.normalQueue(),
		ScheduledTime:              timestamp(r.task.ScheduledTime),
		StartedTime:                timestamp(started.time),
	}
	from := int64(1)
	if sticky {
		from = r.lastStarted + 1
	}
	reply.NextPageToken = attachPage(reply, r, pageRequest{
		token: &workerpb.HistoryToken{RunId: r.runID, NextEventId: from, LastEventId: r.lastEvent, Tail: t.unwritten()},
	})
	return reply
}

// unwritten are the encoded events of the started task that are not in the history yet.
func (t *transaction) unwritten() [][]byte {
	r, started := t.run, t.run.taskStarted
	var tail [][]byte
	if r.task.Transient {
		event := scheduledEvent(r.task.TaskQueue, r.task.Timeout, r.task.Attempt)
		event.EventId, event.EventTime = started.scheduled, timestamp(r.task.ScheduledTime)
		tail = append(tail, t.encode(event))
	}
	event := startedEvent(started)
	event.EventId, event.EventTime = started.started, timestamp(started.time)
	return append(tail, t.encode(event))
}

func startedEvent(started *startedTask) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{
			ScheduledEventId: started.scheduled, Identity: started.identity, RequestId: started.requestID, HistorySizeBytes: started.size,
		}},
	}
}

// writeStarted writes the events of the started attempt up to its
// WorkflowTaskStarted, whose id it returns.
func (t *transaction) writeStarted() int64 {
	r, started := t.run, t.run.taskStarted
	if r.task.Transient {
		event := scheduledEvent(r.task.TaskQueue, r.task.Timeout, r.task.Attempt)
		t.appendAt(event, r.task.ScheduledTime)
		r.taskStarted = started
	}
	return t.appendAt(startedEvent(started), started.time)
}

func (t *transaction) workflowTaskToken() []byte {
	r, started := t.run, t.run.taskStarted
	return t.token(&workerpb.TaskToken{
		Task:      t.stamp(r.workflowTask()),
		RequestId: started.requestID, StartedTime: started.time, StartedEventId: started.started,
		Identity: started.identity, Timeout: durationpb.New(started.timeout), HistorySizeBytes: started.size,
	})
}

// claim finds the started task that a token speaks of. A token of an earlier
// owner's is accepted when nothing has been started or written since.
func (t *transaction) claim(doing string, encoded []byte) (*workerpb.TaskToken, error) {
	token, err := decodeToken(encoded)
	if err != nil {
		return nil, err
	}
	r := t.run
	if r == nil || r.runID != token.Task.RunId || !r.Open() || r.task == nil ||
		r.task.ScheduledEventId != token.Task.ScheduledEventId || r.task.Attempt != token.Task.Attempt {
		return token, stale(doing)
	}
	if started := r.taskStarted; started != nil {
		if started.requestID != token.RequestId || started.started != token.StartedEventId {
			return token, stale(doing)
		}
		return token, nil
	}
	next := r.nextEvent()
	if r.task.Transient {
		next++
	}
	if next != token.StartedEventId || r.task.Transient && r.task.ScheduledEventId != r.nextEvent() {
		return token, stale(doing)
	}
	r.taskStarted = &startedTask{
		requestID: token.RequestId, identity: token.Identity, time: token.StartedTime, scheduled: token.Task.ScheduledEventId,
		started: token.StartedEventId, size: token.HistorySizeBytes, timeout: token.Timeout.AsDuration(),
	}
	return token, nil
}

func (t *transaction) workflowTaskCompleted(q *workflowservice.RespondWorkflowTaskCompletedRequest) (proto.Message, error) {
	const doing = "completing a workflow task"
	token, err := t.claim(doing, q.TaskToken)
	if err != nil {
		if repeated := t.repeatedCompletion(token); repeated != nil {
			return repeated, nil
		}
		return nil, err
	}
	if problem := t.checkCommands(q.Commands); problem != nil {
		if problem.refusal != nil {
			return nil, problem.refusal
		}
		t.failTask(problem.cause, problem.failure(), q.Identity)
		t.refusal = serviceerror.NewInvalidArgument(problem.message)
		return nil, nil
	}
	startedID := t.writeStarted()
	completedID := t.append(completedEvent(q, t.run.taskStarted.scheduled, startedID))
	t.keepSticky(q.StickyAttributes)
	eager := t.runCommands(q, completedID)
	flushed := t.flush()
	reply := &workflowservice.RespondWorkflowTaskCompletedResponse{ActivityTasks: eager}
	if t.run.runID != token.Task.RunId || !t.run.Open() {
		return reply, nil
	}
	if flushed || q.ForceCreateNewWorkflowTask || t.taskWanted {
		t.needWorkflowTask()
	}
	if q.ReturnNewWorkflowTask && t.run.task != nil && t.run.task.DueTime <= t.now {
		reply.WorkflowTask = t.giveTask(token.RequestId+"+", q.Identity, t.run.sticky != nil)
	}
	t.run.lastReply = &completionReply{token.RequestId, token.StartedEventId, reply}
	return reply, nil
}

// repeatedCompletion is the answer to a completion that was decided before, while it is known.
func (t *transaction) repeatedCompletion(token *workerpb.TaskToken) proto.Message {
	r := t.run
	if r == nil || token == nil || r.runID != token.Task.GetRunId() || r.lastReply == nil {
		return nil
	}
	if r.lastReply.requestID != token.RequestId || r.lastReply.started != token.StartedEventId {
		return nil
	}
	return r.lastReply.reply
}

func completedEvent(q *workflowservice.RespondWorkflowTaskCompletedRequest, scheduled, started int64) *historypb.HistoryEvent {
	metering := q.MeteringMetadata
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
			ScheduledEventId: scheduled, StartedEventId: started, Identity: q.Identity, BinaryChecksum: q.BinaryChecksum,
			WorkerVersion: q.WorkerVersionStamp, SdkMetadata: q.SdkMetadata, MeteringMetadata: metering,
		}},
	}
}

func (t *transaction) keepSticky(attributes *taskqueuepb.StickyExecutionAttributes) {
	worker := attributes.GetWorkerTaskQueue().GetName()
	if worker == t.run.sticky.GetWorker() {
		return
	}
	t.change(&recordpb.Change{Change: &recordpb.Change_Sticky{Sticky: &recordpb.Sticky{
		Worker: worker, ScheduleToStartTimeout: attributes.GetScheduleToStartTimeout(),
	}}})
}

func (t *transaction) workflowTaskFailed(q *workflowservice.RespondWorkflowTaskFailedRequest) (proto.Message, error) {
	if _, err := t.claim("failing a workflow task", q.TaskToken); err != nil {
		return nil, err
	}
	t.failTask(q.Cause, q.Failure, q.Identity)
	return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
}

// failTask ends the started attempt and schedules the next. Only the first
// attempt is written.
func (t *transaction) failTask(cause enumspb.WorkflowTaskFailedCause, failure *failurepb.Failure, identity string) {
	t.endTask(func(scheduled, started int64) *historypb.HistoryEvent {
		return failedEvent(scheduled, started, cause, failure, identity)
	})
	t.nextAttempt()
}

func failedEvent(scheduled, started int64, cause enumspb.WorkflowTaskFailedCause, failure *failurepb.Failure, identity string) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{
			ScheduledEventId: scheduled, StartedEventId: started, Cause: cause, Failure: failure, Identity: identity,
		}},
	}
}

// taskTimedOut is failTask for an attempt whose worker was not heard of in time.
func (t *transaction) taskTimedOut() {
	t.endTask(func(scheduled, started int64) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
			Attributes: &historypb.HistoryEvent_WorkflowTaskTimedOutEventAttributes{WorkflowTaskTimedOutEventAttributes: &historypb.WorkflowTaskTimedOutEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, TimeoutType: enumspb.TIMEOUT_TYPE_START_TO_CLOSE,
			}},
		}
	})
	t.nextAttempt()
}

func (t *transaction) endTask(event func(scheduled, started int64) *historypb.HistoryEvent) {
	if t.run.task.Transient {
		t.change(&recordpb.Change{Change: &recordpb.Change_WorkflowTaskDropped{WorkflowTaskDropped: &recordpb.WorkflowTaskDropped{}}})
		return
	}
	scheduled := t.run.task.ScheduledEventId
	t.append(event(scheduled, t.writeStarted()))
}

func (t *transaction) nextAttempt() {
	if t.flush() {
		t.scheduleTask(1)
		return
	}
	t.scheduleTask(t.run.taskAttempt)
}

// breakTask ends a started workflow task for a close from outside: without a failure, and with no next attempt.
func (t *transaction) breakTask() {
	if t.run.taskStarted != nil {
		t.endTask(func(scheduled, started int64) *historypb.HistoryEvent {
			return failedEvent(scheduled, started, enumspb.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND, nil, "")
		})
	}
	t.flush()
}

// commandProblem is why a completion's commands cannot be carried out: the
// workflow task fails with the cause, or the completion is refused.
type commandProblem struct {
	cause   enumspb.WorkflowTaskFailedCause
	message string
	refusal error
}

func (p *commandProblem) failure() *failurepb.Failure {
	return &failurepb.Failure{
		Message:     p.message,
		FailureInfo: &failurepb.Failure_ServerFailureInfo{ServerFailureInfo: &failurepb.ServerFailureInfo{}},
	}
}
