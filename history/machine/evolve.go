package machine

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
)

// Evolve applies a record that was decided earlier, by this owner's
// predecessor, to the workflow's latest run. It returns the runs that the record began, oldest
// first. An error names a record that does not fit the state: it is corrupt
// or was written by a newer version.
func Evolve(w *Workflow, record *recordpb.Record) (began []*Run, err error) {
	for _, part := range record.Runs {
		before := w.Run
		if err := EvolveRun(w, part, record.Time); err != nil {
			return began, err
		}
		if w.Run != before {
			began = append(began, w.Run)
		}
	}
	return began, nil
}

// EvolveRun is Evolve for one run's part of a record. A part that begins a run
// makes it the workflow's latest.
func EvolveRun(w *Workflow, part *recordpb.RunRecord, at int64) error {
	if DeletesClosed(part) {
		return nil
	}
	run := w.Run
	if run == nil || run.runID != part.RunId {
		if !Begins(part) {
			return fmt.Errorf("record of run %s of workflow %q: the run is not known", part.RunId, w.ID)
		}
		run = newRun(w.ID, part.RunId)
		w.Run, w.Last = run, nil
	}
	for _, c := range part.Changes {
		event, err := decodeChange(c)
		if err == nil {
			err = run.apply(c, event, at)
		}
		if err != nil {
			return fmt.Errorf("record of run %s of workflow %q: %w", part.RunId, w.ID, err)
		}
	}
	if run.start == nil {
		return fmt.Errorf("record of run %s of workflow %q: the run has no first event", part.RunId, w.ID)
	}
	run.endBatch(at)
	return nil
}

// Begins tells whether the part is the beginning of its run.
func Begins(part *recordpb.RunRecord) bool {
	return len(part.Changes) > 0 && part.Changes[0].GetRunBegun() != nil
}

func newRun(workflowID, runID string) *Run {
	return &Run{workflowID: workflowID, runID: runID, status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, taskAttempt: 1}
}

func (r *Run) endBatch(at int64) {
	r.openBatch, r.buildsChanged = false, false
	r.lastTime = max(r.lastTime, at)
	r.transitions++
	r.tellPauses()
}

func decodeChange(c *recordpb.Change) (*historypb.HistoryEvent, error) {
	var encoded []byte
	switch c := c.Change.(type) {
	case *recordpb.Change_Event:
		encoded = c.Event
	case *recordpb.Change_Buffered:
		encoded = c.Buffered
	default:
		return nil, nil
	}
	return decodeEvent(encoded)
}

func decodeEvent(encoded []byte) (*historypb.HistoryEvent, error) {
	event := &historypb.HistoryEvent{}
	if err := proto.Unmarshal(encoded, event); err != nil {
		return nil, fmt.Errorf("decoding an event: %w", err)
	}
	return event, nil
}

// apply is the only way that a run's state changes, beside what is soft. The
// event is that of the change, decoded, where it has one.
func (r *Run) apply(c *recordpb.Change, event *historypb.HistoryEvent, now int64) error {
	switch c := c.Change.(type) {
	case *recordpb.Change_Event:
		if event.EventId != r.nextEvent() {
			return fmt.Errorf("event %d where %d is next", event.EventId, r.nextEvent())
		}
		r.addEvent(c.Event)
		return r.applyEvent(event, now)
	case *recordpb.Change_Buffered:
		r.buffered = append(r.buffered, event)
		r.bufferedSize += len(c.Buffered)
		return r.applyEvent(event, now)
	case *recordpb.Change_BufferFlushed:
		r.buffered, r.bufferedSize = nil, 0
	case *recordpb.Change_TransientWorkflowTask:
		r.setTask(proto.CloneOf(c.TransientWorkflowTask), now)
	case *recordpb.Change_WorkflowTaskDropped:
		r.taskEnded(true)
	case *recordpb.Change_ActivityStarted:
		return r.applyActivityStarted(c.ActivityStarted)
	case *recordpb.Change_ActivityRetrying:
		return r.applyActivityRetrying(c.ActivityRetrying, now)
	case *recordpb.Change_ActivityHeartbeat:
		return r.applyActivityHeartbeat(c.ActivityHeartbeat)
	case *recordpb.Change_ActivityPaused:
		return r.applyActivityPaused(c.ActivityPaused)
	case *recordpb.Change_ActivityUnpaused:
		return r.applyActivityUnpaused(c.ActivityUnpaused, now)
	case *recordpb.Change_ActivityReset:
		return r.applyActivityReset(c.ActivityReset, now)
	case *recordpb.Change_ActivityOptionsSet:
		return r.applyActivityOptionsSet(c.ActivityOptionsSet, now)
	case *recordpb.Change_RequestId:
		r.addRequestID(c.RequestId)
	case *recordpb.Change_Sticky:
		r.sticky = c.Sticky
		if c.Sticky.GetWorker() == "" {
			r.sticky = nil
		}
	case *recordpb.Change_RunBegun:
		r.createdBy, r.resetBy = c.RunBegun.CreateRequestId, c.RunBegun.ResetRequestId
	case *recordpb.Change_BatchEnded:
		r.openBatch = false
	case *recordpb.Change_ReplacedByReset:
		r.replaced = c.ReplacedByReset
	case *recordpb.Change_BackoffOver:
		r.inBackoff = false
	case *recordpb.Change_UpdateRejected:
		r.updateFor(c.UpdateRejected.UpdateId).Rejection = c.UpdateRejected.Failure
	default:
		return fmt.Errorf("a change of a kind that this version does not know: upgrade perdure")
	}
	return nil
}

func (r *Run) addEvent(encoded []byte) {
	if !r.openBatch {
		r.batches = append(r.batches, nil)
		r.openBatch = true
	}
	last := len(r.batches) - 1
	r.batches[last] = append(r.batches[last], encoded)
	r.lastEvent++
	r.size += int64(len(encoded))
}

func (r *Run) addRequestID(id string) {
	if id == "" {
		return
	}
	if r.requestIDs == nil {
		r.requestIDs = map[string]struct{}{}
	}
	r.requestIDs[id] = struct{}{}
}

func (r *Run) applyEvent(event *historypb.HistoryEvent, now int64) error {
	if (event.EventId == 1) != (event.GetWorkflowExecutionStartedEventAttributes() != nil) {
		return fmt.Errorf("event %d is %s", event.EventId, event.EventType)
	}
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes:
		r.addRequestID(a.WorkflowExecutionSignaledEventAttributes.RequestId)
	case *historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes:
		r.applyStarted(event, a.WorkflowExecutionStartedEventAttributes)
	case *historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes:
		r.applyTaskScheduled(event, a.WorkflowTaskScheduledEventAttributes, now)
	case *historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes:
		r.applyTaskCompleted(event.EventId, a.WorkflowTaskCompletedEventAttributes)
		r.addResetPoint(event)
	case *historypb.HistoryEvent_WorkflowTaskFailedEventAttributes:
		r.taskEnded(true)
		r.applyReset(event, a.WorkflowTaskFailedEventAttributes)
	case *historypb.HistoryEvent_WorkflowTaskTimedOutEventAttributes:
		r.taskEnded(true)
	case *historypb.HistoryEvent_TimerStartedEventAttributes:
		r.applyTimerStarted(event, a.TimerStartedEventAttributes)
	case *historypb.HistoryEvent_TimerFiredEventAttributes:
		r.removeTimer(a.TimerFiredEventAttributes.TimerId, a.TimerFiredEventAttributes.StartedEventId)
	case *historypb.HistoryEvent_TimerCanceledEventAttributes:
		r.applyTimerCanceled(a.TimerCanceledEventAttributes)
	case *historypb.HistoryEvent_WorkflowExecutionCancelRequestedEventAttributes:
		r.cancelRequested = true
	case *historypb.HistoryEvent_WorkflowExecutionPausedEventAttributes, *historypb.HistoryEvent_WorkflowExecutionUnpausedEventAttributes:
		r.applyPausing(event, now)
	case *historypb.HistoryEvent_WorkflowExecutionOptionsUpdatedEventAttributes:
		r.applyOptionsUpdated(event, a.WorkflowExecutionOptionsUpdatedEventAttributes)
	case *historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes:
		r.searchAttributes = mergedSearchAttributes(r.searchAttributes, a.UpsertWorkflowSearchAttributesEventAttributes.SearchAttributes)
	case *historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes:
		r.memo = mergedMemo(r.memo, a.WorkflowPropertiesModifiedEventAttributes.UpsertedMemo)
	default:
		if status, closes := closeStatus[event.EventType]; closes {
			r.applyClosed(event, status)
		}
		r.applyCallEvent(event)
		r.applyUpdateEvent(event)
		return r.applyActivityEvent(event, now)
	}
	return nil
}

var closeStatus = map[enumspb.EventType]enumspb.WorkflowExecutionStatus{
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:        enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:           enumspb.WORKFLOW_EXECUTION_STATUS_FAILED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:         enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:       enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:        enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW,
}

// applyClosed leaves nothing that could still become due.
func (r *Run) applyClosed(event *historypb.HistoryEvent, status enumspb.WorkflowExecutionStatus) {
	r.status = status
	r.closeTime = event.EventTime.AsTime().UnixNano()
	r.task, r.taskStarted, r.sticky = nil, nil, nil
	r.inBackoff, r.owed, r.called = false, nil, nil
	r.speculation, r.closeAttempted = 0, false
	r.bidFarewell(event)
	r.closeUpdates(event)
	r.activities, r.activityIDs, r.timers, r.requestIDs, r.children, r.externals = nil, nil, nil, nil, nil, nil
	r.pause, r.pausesBuffered, r.pausedActivities = nil, 0, 0
}
