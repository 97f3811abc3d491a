package machine

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/recordpb"
)

func (t *transaction) startWorkflow(q *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	found, err := t.admit(admission{q.RequestId, q.WorkflowIdReusePolicy, q.WorkflowIdConflictPolicy})
	if err != nil {
		return nil, err
	}
	if found != nil {
		return &workflowservice.StartWorkflowExecutionResponse{
			RunId: found.runID, Started: found.created, Status: found.status,
		}, nil
	}
	t.beginRun(q.RequestId, t.startedAttributes(q))
	t.firstWorkflowTask()
	return &workflowservice.StartWorkflowExecutionResponse{
		RunId: t.run.runID, Started: true, Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
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
		FirstWorkflowTaskBackoff: durationpb.New(q.WorkflowStartDelay.AsDuration()),
	}
	if q.RetryPolicy != nil {
		a.RetryPolicy = fillRetryPolicy(q.RetryPolicy)
	}
	if limit := q.WorkflowExecutionTimeout.AsDuration(); limit > 0 {
		expires := t.now + int64(limit) + int64(q.WorkflowStartDelay.AsDuration())
		a.WorkflowExecutionExpirationTime = timestamp(expires)
	}
	capStartTimeouts(a)
	t.userMetadata, t.links = q.UserMetadata, q.Links
	return a
}

func normalized(queue *taskqueuepb.TaskQueue) *taskqueuepb.TaskQueue {
	return &taskqueuepb.TaskQueue{Name: queue.GetName(), Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
}

// capStartTimeouts cuts a run's time-out to the execution's and a task's to the run's.
func capStartTimeouts(a *historypb.WorkflowExecutionStartedEventAttributes) {
	if limit := a.WorkflowExecutionTimeout.AsDuration(); limit > 0 {
		a.WorkflowRunTimeout = durationpb.New(orAtMost(a.WorkflowRunTimeout.AsDuration(), limit))
	}
	task := a.WorkflowTaskTimeout.AsDuration()
	if task == 0 {
		task = DefaultTaskTimeout
	}
	if run := a.WorkflowRunTimeout.AsDuration(); run > 0 {
		task = min(task, run)
	}
	a.WorkflowTaskTimeout = durationpb.New(task)
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
	r.start, r.memo, r.searchAttributes, r.startMetadata = a, a.Memo, a.SearchAttributes, event.UserMetadata
	r.startTime = event.EventTime.AsTime().UnixNano()
	r.inBackoff = a.FirstWorkflowTaskBackoff.AsDuration() > 0
}

// executionTime is when the first workflow task is due.
func (r *Run) executionTime() int64 {
	return r.startTime + int64(r.start.GetFirstWorkflowTaskBackoff().AsDuration())
}

// runExpires is when the run times out; 0: never.
func (r *Run) runExpires() int64 {
	var at int64
	if limit := r.start.GetWorkflowRunTimeout().AsDuration(); limit > 0 {
		at = r.executionTime() + int64(limit)
	}
	if end := r.executionExpires(); end > 0 && (at == 0 || end < at) {
		at = end
	}
	return at
}

// executionExpires is when the whole chain of runs times out; 0: never.
func (r *Run) executionExpires() int64 {
	if r.start.GetWorkflowExecutionExpirationTime() == nil {
		return 0
	}
	return r.start.WorkflowExecutionExpirationTime.AsTime().UnixNano()
}

// successor are the Started attributes of a run that follows this one.
func (t *transaction) successor(initiator enumspb.ContinueAsNewInitiator) *historypb.WorkflowExecutionStartedEventAttributes {
	r, s := t.run, t.run.start
	return &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: s.WorkflowType, TaskQueue: s.TaskQueue, Input: s.Input,
		WorkflowExecutionTimeout: s.WorkflowExecutionTimeout, WorkflowRunTimeout: s.WorkflowRunTimeout, WorkflowTaskTimeout: s.WorkflowTaskTimeout,
		WorkflowExecutionExpirationTime: s.WorkflowExecutionExpirationTime,
		ContinuedExecutionRunId:         r.runID, Initiator: initiator, OriginalExecutionRunId: t.in.RunID, FirstExecutionRunId: s.FirstExecutionRunId,
		WorkflowId: r.workflowID, Identity: s.Identity, Attempt: 1, RetryPolicy: s.RetryPolicy,
		Memo: r.memo, SearchAttributes: r.searchAttributes, Header: s.Header,
		LastCompletionResult: s.LastCompletionResult, CompletionCallbacks: s.CompletionCallbacks, Priority: s.Priority,
		FirstWorkflowTaskBackoff: durationpb.New(0),
	}
}

// decideRunRetry decides whether another run follows one that failed.
func (t *transaction) decideRunRetry(failure *failurepb.Failure) retryDecision {
	r := t.run
	return decideRetry(r.start.RetryPolicy, failure, r.start.Attempt, t.now, r.executionExpires())
}

func (t *transaction) beginRetry(failure *failurepb.Failure, wait time.Duration) {
	next := t.successor(enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY)
	next.Attempt = t.run.start.Attempt + 1
	next.ContinuedFailure = failure
	next.FirstWorkflowTaskBackoff = durationpb.New(wait)
	t.beginRun(t.in.RunID, next)
	t.firstWorkflowTask()
}

// backoffOver lets the first workflow task be scheduled.
func (t *transaction) backoffOver() {
	t.change(&recordpb.Change{Change: &recordpb.Change_BackoffOver{BackoffOver: &recordpb.BackoffOver{}}})
	t.needWorkflowTask()
}
