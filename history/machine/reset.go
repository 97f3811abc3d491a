package machine

import (
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// A reset begins a run with the history of another up to one of its workflow tasks, which has failed by it; what
// came from outside since comes again (reapply.go). The events are copied, so that the new run needs nothing of the
// other; its state follows from them as that of any run.

// resetWorkflow is the reset to a workflow task of a run, the chain's first; the others are those that it was continued as.
func (t *transaction) resetWorkflow(q *workflowservice.ResetWorkflowExecutionRequest) (*workflowservice.ResetWorkflowExecutionResponse, error) {
	chain := t.in.Chain
	if len(chain) == 0 {
		if t.run == nil {
			return nil, t.notFound(q.GetWorkflowExecution().GetWorkflowId())
		}
		chain = []*Run{t.run}
	}
	if latest := t.summary(); latest.GetResetRequestId() == q.RequestId && q.RequestId != "" {
		return &workflowservice.ResetWorkflowExecutionResponse{RunId: latest.RunId}, nil
	}
	base, until := chain[0], q.WorkflowTaskFinishEventId-1
	if until < 1 || until >= base.eventsTold() {
		return nil, serviceerror.NewInvalidArgument("Workflow task finish ID must be > 1 && <= workflow last event ID.")
	}
	until = min(until, base.lastEvent)
	events, err := base.decodedEvents(1, until)
	if err != nil {
		return nil, err
	}
	if !leaveTask(events) {
		return nil, serviceerror.NewInvalidArgumentf(
			"Can only reset workflow to event ID in range [WorkflowTaskScheduled +1, WorkflowTaskStarted + 1]: %v", q.WorkflowTaskFinishEventId)
	}
	if err := t.checkAfterReset(q); err != nil {
		return nil, err
	}
	if t.run != nil && t.run.Open() {
		t.replaceRun(base, q.Reason)
	}
	t.beginReset(base, events, q)
	if err := t.reapply(chain, until, excluded(q)); err != nil {
		return nil, err
	}
	t.afterReset(q)
	t.needWorkflowTask()
	return &workflowservice.ResetWorkflowExecutionResponse{RunId: t.run.runID}, nil
}

func (t *transaction) checkAfterReset(q *workflowservice.ResetWorkflowExecutionRequest) error {
	for _, operation := range q.PostResetOperations {
		if err := t.checkInput(operation.GetSignalWorkflow().GetInput()); err != nil {
			return err
		}
	}
	return nil
}

// afterReset does to the new run what was asked for behind what comes again.
func (t *transaction) afterReset(q *workflowservice.ResetWorkflowExecutionRequest) {
	for _, operation := range q.PostResetOperations {
		switch o := operation.GetVariant().(type) {
		case *workflowpb.PostResetOperation_SignalWorkflow_:
			s := o.SignalWorkflow
			t.append(signaled(s.SignalName, s.Input, s.Header, q.Identity, "", s.Links))
		case *workflowpb.PostResetOperation_UpdateWorkflowOptions_:
			t.setOptions(t.run, o.UpdateWorkflowOptions.WorkflowExecutionOptions, o.UpdateWorkflowOptions.UpdateMask, q.Identity)
		}
	}
}

// resetterIdentity is who ends a run that is reset.
const resetterIdentity = "history-resetter"

// replaceRun ends the latest run, which may be a later one than the reset's base.
func (t *transaction) replaceRun(base *Run, reason string) {
	t.breakTask()
	t.change(&recordpb.Change{Change: &recordpb.Change_ReplacedByReset{ReplacedByReset: &recordpb.ReplacedByReset{KeepsChildren: t.run == base}}})
	t.terminateRun(reason, nil, resetterIdentity, nil)
}

// leaveTask tells whether a workflow task is scheduled or started behind the events.
func leaveTask(events []*historypb.HistoryEvent) bool {
	for _, event := range slices.Backward(events) {
		switch event.EventType {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED:
			return true
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			return false
		}
	}
	return false
}

// decodedEvents are the run's events from one to another.
func (r *Run) decodedEvents(from, to int64) ([]*historypb.HistoryEvent, error) {
	events := make([]*historypb.HistoryEvent, 0, max(to-from+1, 0))
	for _, batch := range r.BatchesAfter(from - 1) {
		for _, encoded := range batch.Events {
			if int64(len(events)) == to-from+1 {
				return events, nil
			}
			event, err := r.decode(encoded, from+int64(len(events)))
			if err != nil {
				return nil, err
			}
			events = append(events, event)
		}
	}
	return events, nil
}

// beginReset begins the run with the events of the base, and fails the workflow task that they leave.
func (t *transaction) beginReset(base *Run, events []*historypb.HistoryEvent, q *workflowservice.ResetWorkflowExecutionRequest) {
	t.beginWith(&recordpb.RunBegun{CreateRequestId: base.createdBy, ResetRequestId: q.RequestId})
	next := 0
	for _, batch := range base.batches {
		for _, encoded := range batch {
			if next == len(events) {
				break
			}
			t.write(&recordpb.Change{Change: &recordpb.Change_Event{Event: encoded}}, events[next])
			next++
		}
		if t.run.openBatch {
			t.change(&recordpb.Change{Change: &recordpb.Change_BatchEnded{BatchEnded: &recordpb.BatchEnded{}}})
		}
	}
	scheduled, started := t.run.task.ScheduledEventId, t.run.lastEvent
	if events[len(events)-1].EventType != enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED {
		started = t.append(startedEvent(&startedTask{scheduled: scheduled, identity: ownIdentity, requestID: t.in.RunID, size: t.run.size}))
	}
	event := failedEvent(scheduled, started, enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW, resetFailure(q.Reason), ownIdentity)
	a := event.GetWorkflowTaskFailedEventAttributes()
	a.BaseRunId, a.NewRunId = base.runID, t.run.runID
	t.append(event)
}

func resetFailure(reason string) *failurepb.Failure {
	return &failurepb.Failure{
		Message:     reason,
		FailureInfo: &failurepb.Failure_ResetWorkflowFailureInfo{ResetWorkflowFailureInfo: &failurepb.ResetWorkflowFailureInfo{}},
	}
}

// applyReset is told of the failure of the workflow task that a run of a reset goes on behind: its time-outs count from
// then on, and what activities it waits for are tried anew.
func (r *Run) applyReset(event *historypb.HistoryEvent, a *historypb.WorkflowTaskFailedEventAttributes) {
	if a.Cause != enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW || a.NewRunId == "" { // a worker may say that, too
		return
	}
	r.noteFormer(a.BaseRunId)
	if a.NewRunId != r.runID { // of an earlier reset, whose run's history this is
		r.noteFormer(a.NewRunId)
		return
	}
	now := event.EventTime.AsTime().UnixNano()
	r.reset = &recordpb.Reset{BaseRunId: a.BaseRunId, RequestId: r.resetBy, Time: now, FormerRunIds: r.former}
	r.taskAttempt = 1
	for _, pending := range r.activities {
		pending.ScheduledTime, pending.DueTime = now, now
	}
}

// ContinuedAs is the run that a closed one was continued as by its workflow; "" for none.
func (r *Run) ContinuedAs() string {
	if r.status != enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW {
		return ""
	}
	event, err := r.decodedEvent(r.lastEvent)
	if err != nil {
		return "" // who reads the run finds it
	}
	return successorOf(event)
}

// noteFormer adds a run whose history this one begins with, so far as its events tell: the first, and each that a reset made.
func (r *Run) noteFormer(runID string) {
	if first := r.start.GetOriginalExecutionRunId(); len(r.former) == 0 && first != r.runID {
		r.former = append(r.former, first)
	}
	if !slices.Contains(r.former, runID) {
		r.former = append(r.former, runID)
	}
}

// continues tells whether the run begins with the history of another.
func (r *Run) continues(runID string) bool { return slices.Contains(r.reset.GetFormerRunIds(), runID) }

// beganAt is when the run began: its first event may be older.
func (r *Run) beganAt() int64 {
	if r.reset != nil {
		return r.reset.Time
	}
	return r.startTime
}
