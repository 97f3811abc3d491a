package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

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
	if token.Task.Stamp != 0 || r.isSpeculative() {
		return token, stale(doing) // what was speculative ended with its owner
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
		suggested: token.SuggestContinueAsNewReasons,
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
	if t.run.pause != nil && q.ForceCreateNewWorkflowTask {
		return nil, serviceerror.NewFailedPrecondition("Workflow is paused and force create new workflow task is not allowed.")
	}
	if problem := t.checkCompletion(q); problem != nil {
		t.abortSent()
		t.failFor(problem, q.Identity)
		t.refusal = serviceerror.NewInvalidArgument(problem.message)
		return nil, nil
	}
	completed, completion := t.run, &completionReply{requestID: token.RequestId, started: token.StartedEventId}
	t.rejectUpdates(q)
	if t.discards(q) {
		return t.discard(q, completion), nil
	}
	completed.closeAttempted = false
	startedID := t.writeStarted()
	completedID := t.append(completedEvent(q, t.run.taskStarted.scheduled, startedID))
	t.keepSticky(q.StickyAttributes, q.Identity)
	eager := t.runCommands(q, completedID)
	if !completed.Open() {
		t.canceled = nil
	}
	onlySignals := t.run.buffersOnlySignals()
	flushed := t.flush()
	reply := &workflowservice.RespondWorkflowTaskCompletedResponse{ActivityTasks: eager}
	completion.reply = reply
	completed.lastReply = completion // the commands may have begun the next run
	if !completed.Open() {
		return reply, nil
	}
	t.rejectUnprocessed(q)
	if flushed || q.ForceCreateNewWorkflowTask || t.taskWanted {
		t.needWorkflowTask()
	} else if len(completed.asked) > 0 {
		t.speculate()
	}
	t.gather = flushed && onlySignals && !q.ForceCreateNewWorkflowTask && !t.taskWanted
	t.returnTask(q, token.RequestId, reply)
	return reply, nil
}

// returnTask gives the next workflow task to the worker that has completed one, if it wants it and the task is due.
func (t *transaction) returnTask(q *workflowservice.RespondWorkflowTaskCompletedRequest, requestID string, reply *workflowservice.RespondWorkflowTaskCompletedResponse) {
	if q.ReturnNewWorkflowTask && !t.gather && t.run.task != nil && t.run.task.DueTime <= t.now {
		reply.WorkflowTask = t.giveTask(requestID+"+", q.Identity, t.run.sticky != nil)
	}
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

func (t *transaction) keepSticky(attributes *taskqueuepb.StickyExecutionAttributes, identity string) {
	worker := attributes.GetWorkerTaskQueue().GetName()
	if worker == t.run.sticky.GetWorker() {
		return
	}
	t.change(&recordpb.Change{Change: &recordpb.Change_Sticky{Sticky: &recordpb.Sticky{
		Worker: worker, Identity: identity,
	}}})
}

func (t *transaction) workflowTaskFailed(q *workflowservice.RespondWorkflowTaskFailedRequest) (proto.Message, error) {
	if _, err := t.claim("failing a workflow task", q.TaskToken); err != nil {
		return nil, err
	}
	t.failTask(q.Cause, t.boundFailure(q.Failure), q.Identity)
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

// failFor ends the started attempt for commands that cannot be carried out, and the run where that would not change.
func (t *transaction) failFor(problem *commandProblem, identity string) {
	if !problem.terminates {
		t.failTask(problem.cause, problem.failure(), identity)
		t.run.closeAttempted = problem.cause == enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
		return
	}
	t.endTask(func(scheduled, started int64) *historypb.HistoryEvent {
		return failedEvent(scheduled, started, problem.cause, problem.failure(), identity)
	})
	t.terminateRun(problem.message, nil, ownIdentity, nil)
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

// endTask ends the started attempt, of which it is not known whether it would have closed the run.
func (t *transaction) endTask(event func(scheduled, started int64) *historypb.HistoryEvent) {
	t.run.closeAttempted = false
	if t.run.task.Transient && !t.run.isSpeculative() {
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
