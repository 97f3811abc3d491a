package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// pauseWorkflow lets no further workflow task begin, and no attempt of an activity that is not on its way yet. What runs
// may end, a started workflow task too; timers fire, time-outs pass, and signals are taken: the workflow sees them
// when it goes on. Unlike Temporal's, the events say that workers may ignore them: its SDKs do not know them, and would fail
// each task of the workflow from then on.
func (t *transaction) pauseWorkflow(q *workflowservice.PauseWorkflowExecutionRequest) (*workflowservice.PauseWorkflowExecutionResponse, error) {
	r, err := t.openRun(q.WorkflowId, q.RunId)
	if err != nil {
		return nil, err
	}
	reply := &workflowservice.PauseWorkflowExecutionResponse{}
	if r.pause != nil {
		if q.RequestId != "" && q.RequestId == r.pause.RequestId {
			return reply, nil
		}
		return nil, serviceerror.NewFailedPrecondition("workflow is already paused.")
	}
	t.dropUnstartedTask()
	t.arrive(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED, WorkerMayIgnore: true,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionPausedEventAttributes{WorkflowExecutionPausedEventAttributes: &historypb.WorkflowExecutionPausedEventAttributes{
			Identity: q.Identity, Reason: q.Reason, RequestId: q.RequestId,
		}},
	})
	return reply, nil
}

// dropUnstartedTask fails a workflow task that no worker has yet.
func (t *transaction) dropUnstartedTask() {
	r := t.run
	if r.task == nil || r.taskStarted != nil {
		return
	}
	switch {
	case r.isSpeculative():
		r.dropSpeculative()
	case r.task.Transient:
		t.change(&recordpb.Change{Change: &recordpb.Change_WorkflowTaskDropped{WorkflowTaskDropped: &recordpb.WorkflowTaskDropped{}}})
	default:
		t.append(failedEvent(r.task.ScheduledEventId, 0, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED, nil, ownIdentity))
	}
	t.flush() // for a start that this owner does not know of
}

// unpauseWorkflow lets a paused run go on, with a workflow task. Unlike with Temporal, a first task that is to
// wait (a start's delay, a retry, a cron schedule) waits on.
func (t *transaction) unpauseWorkflow(q *workflowservice.UnpauseWorkflowExecutionRequest) (*workflowservice.UnpauseWorkflowExecutionResponse, error) {
	r, err := t.openRun(q.WorkflowId, q.RunId)
	if err != nil {
		return nil, err
	}
	if r.pause == nil {
		return nil, serviceerror.NewFailedPrecondition("workflow is not paused.")
	}
	t.arrive(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UNPAUSED, WorkerMayIgnore: true,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionUnpausedEventAttributes{WorkflowExecutionUnpausedEventAttributes: &historypb.WorkflowExecutionUnpausedEventAttributes{
			Identity: q.Identity, Reason: q.Reason, RequestId: q.RequestId,
		}},
	})
	return &workflowservice.UnpauseWorkflowExecutionResponse{}, nil
}

// Paused tells whether somebody has paused the run.
func (r *Run) Paused() bool { return r.pause != nil }

// pauses tells the events that pause a run or let it go on.
func pauses(t enumspb.EventType) bool {
	return t == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED || t == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UNPAUSED
}

// tookEffect tells an event that is flushed, and took effect when it was buffered. They leave the buffer in the order in which
// they came.
func (r *Run) tookEffect(event *historypb.HistoryEvent) bool {
	if event.EventId == 0 {
		r.pausesBuffered++
		return false
	}
	if r.pausesBuffered > 0 {
		r.pausesBuffered--
		return true
	}
	return false
}

func (r *Run) applyPausing(event *historypb.HistoryEvent, now int64) {
	if r.tookEffect(event) {
		return
	}
	if a := event.GetWorkflowExecutionPausedEventAttributes(); a != nil {
		r.applyPaused(&recordpb.Pause{Time: event.EventTime.AsTime().UnixNano(), Identity: a.Identity, Reason: a.Reason, RequestId: a.RequestId})
		return
	}
	r.applyUnpaused(now)
}

// applyPaused holds the activities that nobody has started. Attempts that follow one that runs are made all the same, as with Temporal.
func (r *Run) applyPaused(pause *recordpb.Pause) {
	r.status, r.pause = enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED, pause
	for _, a := range r.activities {
		if a.StartedTime == 0 {
			a.withdraw()
			a.Held = true
		}
	}
}

// applyUnpaused also makes the next workflow task a first attempt.
func (r *Run) applyUnpaused(now int64) {
	r.status, r.pause = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
	if r.task == nil {
		r.taskAttempt = 1
	}
	for _, a := range r.activities {
		a.Held = false
	}
	r.queueDue(now)
}

// describePause is the pause as describe tells it.
func (r *Run) describePause() *workflowpb.WorkflowExecutionPauseInfo {
	if r.pause == nil {
		return nil
	}
	return &workflowpb.WorkflowExecutionPauseInfo{
		Identity: r.pause.Identity, PausedTime: timestamp(r.pause.Time), Reason: r.pause.Reason,
	}
}
