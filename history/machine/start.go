package machine

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/internal/cron"
)

func (t *transaction) startWorkflow(q *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	if err := t.checkStart(q.Input, q.Memo); err != nil {
		return nil, err
	}
	found, err := t.admit(admission{q.RequestId, q.WorkflowIdReusePolicy, q.WorkflowIdConflictPolicy, true})
	if err != nil {
		return nil, err
	}
	if found != nil {
		return t.replyWithFound(q, found), nil
	}
	a := t.startedAttributes(q)
	a.EagerExecutionAccepted = t.acceptsEager(q, a)
	t.beginRun(q.RequestId, a)
	t.firstWorkflowTask()
	return &workflowservice.StartWorkflowExecutionResponse{
		RunId: t.run.runID, FirstExecutionRunId: t.run.runID, Started: true, Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Link: t.startLink(t.run.runID), EagerWorkflowTask: t.eagerTask(q),
	}, nil
}

// startedAttributes are those of a workflow's first run.
func (t *transaction) startedAttributes(q *workflowservice.StartWorkflowExecutionRequest) *historypb.WorkflowExecutionStartedEventAttributes {
	a := &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: q.WorkflowType, TaskQueue: normalized(q.TaskQueue), Input: q.Input,
		WorkflowExecutionTimeout: q.WorkflowExecutionTimeout, WorkflowRunTimeout: q.WorkflowRunTimeout, WorkflowTaskTimeout: q.WorkflowTaskTimeout,
		OriginalExecutionRunId: t.in.RunID, FirstExecutionRunId: t.in.RunID, WorkflowId: t.workflow.ID,
		Identity: q.Identity, Attempt: 1, Memo: q.Memo, SearchAttributes: t.in.SearchAttributes.Typed(q.SearchAttributes), Header: q.Header,
		LastCompletionResult: q.LastCompletionResult, ContinuedFailure: q.ContinuedFailure,
		CompletionCallbacks: q.CompletionCallbacks, VersioningOverride: q.VersioningOverride, Priority: q.Priority,
		CronSchedule: q.CronSchedule, Initiator: cronInitiator(q.CronSchedule),
		FirstWorkflowTaskBackoff: durationpb.New(t.firstBackoff(q)),
	}
	if q.RetryPolicy != nil {
		a.RetryPolicy = fillRetryPolicy(q.RetryPolicy)
	}
	if limit := q.WorkflowExecutionTimeout.AsDuration(); limit > 0 {
		a.WorkflowExecutionExpirationTime = timestamppb.New(time.Unix(0, t.now).Add(limit).Round(time.Millisecond))
	}
	capStartTimeouts(a)
	t.userMetadata, t.links = q.UserMetadata, q.Links
	return a
}

// firstBackoff is how long the first task of a workflow waits: for its schedule, or the delay that was asked for. They
// exclude each other.
func (t *transaction) firstBackoff(q *workflowservice.StartWorkflowExecutionRequest) time.Duration {
	if wait, scheduled := cron.Wait(q.CronSchedule, time.Unix(0, t.now), time.Unix(0, t.now)); scheduled {
		return wait
	}
	return q.WorkflowStartDelay.AsDuration()
}

func normalized(queue *taskqueuepb.TaskQueue) *taskqueuepb.TaskQueue {
	return &taskqueuepb.TaskQueue{Name: queue.GetName(), Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
}

// capStartTimeouts cuts a run's time-out to the execution's and a task's to the run's, and to the longest.
func capStartTimeouts(a *historypb.WorkflowExecutionStartedEventAttributes) {
	a.WorkflowRunTimeout = capped(a.WorkflowRunTimeout)
	run, task := cappedTimeouts(a.WorkflowExecutionTimeout, a.WorkflowRunTimeout, a.WorkflowTaskTimeout)
	if run != a.WorkflowRunTimeout.AsDuration() {
		a.WorkflowRunTimeout = durationpb.New(run)
	}
	a.WorkflowTaskTimeout = durationpb.New(task)
}

func cappedTimeouts(execution, ofRun, ofTask *durationpb.Duration) (run, task time.Duration) {
	run, task = capped(ofRun).AsDuration(), ofTask.AsDuration()
	if limit := capped(execution).AsDuration(); limit > 0 {
		run = orAtMost(run, limit)
	}
	if task == 0 {
		task = DefaultTaskTimeout
	}
	task = min(task, longestTaskTimeout)
	if run > 0 {
		task = min(task, run)
	}
	return run, task
}

// beginRun writes the first event of a new run.
func (t *transaction) beginRun(requestID string, a *historypb.WorkflowExecutionStartedEventAttributes) {
	t.begin(requestID)
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, UserMetadata: t.userMetadata, Links: t.links,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: a},
	})
}

// firstWorkflowTask schedules the first task of a run unless it has to wait.
func (t *transaction) firstWorkflowTask() { t.needWorkflowTask() }

func (r *Run) applyStarted(event *historypb.HistoryEvent, a *historypb.WorkflowExecutionStartedEventAttributes) {
	r.start, r.memo, r.searchAttributes, r.startMetadata, r.priority = a, a.Memo, a.SearchAttributes, event.UserMetadata, a.Priority
	r.startTime = event.EventTime.AsTime().UnixNano()
	r.inBackoff = a.FirstWorkflowTaskBackoff.AsDuration() > 0
	r.takeOver(a.PrevAutoResetPoints)
}

// executionTime is when the first workflow task is due.
func (r *Run) executionTime() int64 {
	if r.reset != nil {
		return r.reset.Time
	}
	return later(r.startTime, r.start.GetFirstWorkflowTaskBackoff().AsDuration())
}

// runExpires is when the run times out; 0: never. The execution's end is rounded to milliseconds: a run that would
// end within one before it ends with it, or the two time-outs of the same length could come as either.
func (r *Run) runExpires() int64 {
	var at int64
	if limit := r.start.GetWorkflowRunTimeout().AsDuration(); limit > 0 {
		at = later(r.executionTime(), limit)
	}
	if end := r.executionExpires(); end > 0 && (at == 0 || end < later(at, time.Millisecond)) {
		at = end
	}
	return at
}

// executionExpires is when the whole chain of runs times out; 0: never.
func (r *Run) executionExpires() int64 {
	if r.start.GetWorkflowExecutionExpirationTime() == nil {
		return 0
	}
	if r.reset != nil {
		return later(r.reset.Time, r.start.WorkflowExecutionTimeout.AsDuration())
	}
	return r.start.WorkflowExecutionExpirationTime.AsTime().UnixNano()
}

// backoffOver lets the first workflow task be scheduled.
func (t *transaction) backoffOver() {
	t.change(&recordpb.Change{Change: &recordpb.Change_BackoffOver{BackoffOver: &recordpb.BackoffOver{}}})
	t.needWorkflowTask()
}
