package machine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
)

// Snapshot is all of the run's state that is not its events. With the events it
// makes the run again: Restore. It shares nothing with the run.
func (r *Run) Snapshot() *recordpb.RunState {
	s := &recordpb.RunState{
		WorkflowId: r.workflowID, RunId: r.runID, Status: r.status, LastTime: r.lastTime, CreateRequestId: r.createdBy,
		WorkflowTask: r.task, Sticky: r.sticky, CancelRequested: r.cancelRequested,
		LastStartedEventId: r.lastStarted, LastCompletedEventId: r.lastComplete, InBackoff: r.inBackoff, CloseTime: r.closeTime,
		WorkflowTaskAttempt: r.taskAttempt, StateTransitions: r.transitions,
		ResetPoints: r.resetPoints, AttachedRequests: r.attached, Builds: r.builds, Pause: r.pause, PauseInfo: r.pauseInfo,
	}
	s.OfReset = r.reset
	if r.isSpeculative() {
		s.WorkflowTask = nil
	}
	for _, u := range r.updates {
		s.Updates = append(s.Updates, u)
	}
	slices.SortFunc(s.Updates, func(a, b *recordpb.Update) int {
		return cmp.Compare(cmp.Or(a.AdmittedEventId, a.AcceptedEventId), cmp.Or(b.AdmittedEventId, b.AcceptedEventId))
	})
	if r.memo != r.start.GetMemo() {
		s.Memo = r.memo
	}
	if r.searchAttributes != r.start.GetSearchAttributes() {
		s.SearchAttributes = r.searchAttributes
	}
	if r.priority != r.start.GetPriority() {
		s.Priority = r.priority
	}
	for _, a := range r.activities {
		s.Activities = append(s.Activities, a.Activity)
	}
	slices.SortFunc(s.Activities, func(a, b *recordpb.Activity) int { return int(a.ScheduledEventId - b.ScheduledEventId) })
	for _, timer := range r.timers {
		s.Timers = append(s.Timers, timer)
	}
	slices.SortFunc(s.Timers, func(a, b *recordpb.Timer) int { return int(a.StartedEventId - b.StartedEventId) })
	for _, c := range r.children {
		s.Children = append(s.Children, c.Child)
	}
	slices.SortFunc(s.Children, func(a, b *recordpb.Child) int { return int(a.InitiatedEventId - b.InitiatedEventId) })
	s.Externals = slices.Sorted(maps.Keys(r.externals))
	for _, event := range r.buffered {
		if encoded, err := proto.Marshal(event); err == nil { // it was encoded before
			s.Buffered = append(s.Buffered, encoded)
		}
	}
	for id := range r.requestIDs {
		s.RequestIds = append(s.RequestIds, id)
	}
	slices.Sort(s.RequestIds)
	return proto.CloneOf(s)
}

// Restore makes the run of a snapshot and its events, in batches as they were
// written. An error says how they do not fit: the rest is corrupt.
func Restore(state *recordpb.RunState, batches []*recordpb.Batch) (*Run, error) {
	if state == nil {
		return nil, errors.New("a run at rest without its state")
	}
	r := newRun(state.WorkflowId, state.RunId)
	for _, batch := range batches {
		if len(batch.Events) == 0 {
			continue
		}
		r.batches = append(r.batches, batch.Events)
		r.lastEvent += int64(len(batch.Events))
		r.size += int64(sizeOf(batch.Events))
	}
	if err := r.restoreStart(); err != nil {
		return nil, err
	}
	r.restoreValues(state)
	for _, a := range state.Activities {
		if err := r.restoreActivity(proto.CloneOf(a)); err != nil {
			return nil, err
		}
	}
	if err := r.restoreCalls(state); err != nil {
		return nil, err
	}
	if err := r.restoreBuffered(state.Buffered); err != nil {
		return nil, err
	}
	r.tellPauses()
	return r, nil
}

// restoreValues takes what needs no events. It shares nothing with the state.
func (r *Run) restoreValues(state *recordpb.RunState) {
	r.status, r.lastTime, r.createdBy = state.Status, state.LastTime, state.CreateRequestId
	r.task, r.sticky = proto.CloneOf(state.WorkflowTask), proto.CloneOf(state.Sticky)
	r.cancelRequested, r.resetPoints = state.CancelRequested, proto.CloneOf(state.ResetPoints)
	r.lastStarted, r.lastComplete, r.inBackoff = state.LastStartedEventId, state.LastCompletedEventId, state.InBackoff
	r.builds, r.pause = proto.CloneOf(state.Builds), proto.CloneOf(state.Pause)
	r.closeTime, r.taskAttempt, r.transitions = state.CloseTime, state.WorkflowTaskAttempt, state.StateTransitions
	r.reset = proto.CloneOf(state.OfReset)
	r.resetBy = r.reset.GetRequestId()
	if state.Memo != nil {
		r.memo = proto.CloneOf(state.Memo)
	}
	if state.SearchAttributes != nil {
		r.searchAttributes = proto.CloneOf(state.SearchAttributes)
	}
	if state.Priority != nil {
		r.priority = proto.CloneOf(state.Priority)
	}
	for _, request := range state.AttachedRequests {
		r.attached = append(r.attached, proto.CloneOf(request))
	}
	for _, timer := range state.Timers {
		if r.timers == nil {
			r.timers = map[string]*recordpb.Timer{}
		}
		r.timers[timer.TimerId] = proto.CloneOf(timer)
	}
	for _, u := range state.Updates {
		proto.Merge(r.updateFor(u.UpdateId), u)
	}
	for _, id := range state.RequestIds {
		r.addRequestID(id)
	}
}

func (r *Run) restoreBuffered(buffered [][]byte) error {
	for _, encoded := range buffered {
		event, err := decodeEvent(encoded)
		if err != nil {
			return fmt.Errorf("run %s of workflow %q: a buffered event: %w", r.runID, r.workflowID, err)
		}
		r.buffered = append(r.buffered, event)
		r.bufferedSize += len(encoded)
		if pauses(event.EventType) {
			r.pausesBuffered++
		}
	}
	return nil
}

func (r *Run) restoreStart() error {
	event, err := r.decodedEvent(1)
	if err != nil {
		return err
	}
	r.start = event.GetWorkflowExecutionStartedEventAttributes()
	if r.start == nil {
		return fmt.Errorf("run %s of workflow %q: the first event is %s", r.runID, r.workflowID, event.EventType)
	}
	r.memo, r.searchAttributes, r.startMetadata = r.start.Memo, r.start.SearchAttributes, event.UserMetadata
	r.priority = r.start.Priority
	r.startTime = event.EventTime.AsTime().UnixNano()
	return nil
}

func (r *Run) restoreActivity(a *recordpb.Activity) error {
	event, err := r.decodedEvent(a.ScheduledEventId)
	if err != nil {
		return err
	}
	scheduled := event.GetActivityTaskScheduledEventAttributes()
	if scheduled == nil {
		return fmt.Errorf("run %s of workflow %q: event %d, of a pending activity, is %s", r.runID, r.workflowID, a.ScheduledEventId, event.EventType)
	}
	if r.activities == nil {
		r.activities, r.activityIDs = map[int64]*activity{}, map[string]int64{}
	}
	pending := &activity{a, scheduled, scheduled}
	if a.Options != nil {
		pending.scheduled = withOptions(scheduled, a.Options)
	}
	if a.Pause != nil {
		r.pausedActivities++
	}
	r.activities[a.ScheduledEventId] = pending
	r.activityIDs[a.ActivityId] = a.ScheduledEventId
	return nil
}

func (r *Run) restoreCalls(state *recordpb.RunState) error {
	for _, c := range state.Children {
		event, err := r.decodedEvent(c.InitiatedEventId)
		if err != nil {
			return err
		}
		if event.GetStartChildWorkflowExecutionInitiatedEventAttributes() == nil {
			return fmt.Errorf("run %s of workflow %q: event %d, of a pending child, is %s", r.runID, r.workflowID, c.InitiatedEventId, event.EventType)
		}
		r.addChild(proto.CloneOf(c), event)
	}
	for _, id := range state.Externals {
		event, err := r.decodedEvent(id)
		if err != nil {
			return err
		}
		if event.GetSignalExternalWorkflowExecutionInitiatedEventAttributes() == nil && event.GetRequestCancelExternalWorkflowExecutionInitiatedEventAttributes() == nil {
			return fmt.Errorf("run %s of workflow %q: event %d, of a call to another workflow, is %s", r.runID, r.workflowID, id, event.EventType)
		}
		r.addExternal(event)
	}
	return nil
}

func (r *Run) decodedEvent(id int64) (*historypb.HistoryEvent, error) {
	if id < 1 || id > r.lastEvent {
		return nil, fmt.Errorf("run %s of workflow %q: event %d is absent of %d", r.runID, r.workflowID, id, r.lastEvent)
	}
	return r.decode(r.eventBytes(id), id)
}

// decode decodes the event of an id.
func (r *Run) decode(encoded []byte, id int64) (*historypb.HistoryEvent, error) {
	event, err := decodeEvent(encoded)
	if err != nil {
		return nil, fmt.Errorf("run %s of workflow %q: event %d: %w", r.runID, r.workflowID, id, err)
	}
	if event.EventId != id {
		return nil, fmt.Errorf("run %s of workflow %q: event %d stands where %d should", r.runID, r.workflowID, event.EventId, id)
	}
	return event, nil
}
