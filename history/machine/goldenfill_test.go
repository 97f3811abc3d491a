package machine_test

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// fill puts into a request what its maker handed over in the recorded scenario.
func (g *recording) fill(w *world, q proto.Message) {
	switch q := q.(type) {
	case *workflowservice.StartWorkflowExecutionRequest:
		g.fillStart(w, q)
	case *workflowservice.SignalWithStartWorkflowExecutionRequest:
		g.fillSignalWithStart(w, q)
	case *workflowservice.SignalWorkflowExecutionRequest:
		if a := g.nextSignal(w); a != nil {
			q.Input, q.Header = a.Input, a.Header
		}
	case *workflowservice.TerminateWorkflowExecutionRequest:
		if a := g.last(w, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED).GetWorkflowExecutionTerminatedEventAttributes(); a != nil {
			q.Details = a.Details
		}
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		g.fillCompletion(w, q)
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		if a := g.outcome(w, q.TaskToken).GetWorkflowTaskFailedEventAttributes(); ofUser(a.GetFailure()) {
			q.Failure = a.Failure
		}
	default:
		g.fillCall(w, q)
		g.fillUpdate(w, q)
		g.fillActivity(w, q)
	}
}

// run is the recorded history of the world's run of that number.
func (g *recording) run(number int) *recordedHistory {
	if number >= len(g.Histories) {
		return nil
	}
	return &g.Histories[number]
}

// latest is the recorded history of the world's latest run.
func (g *recording) latest(w *world) *recordedHistory { return g.run(len(w.runs()) - 1) }

// find is the first recorded event that fits; nil when none does.
func (h *recordedHistory) find(fits func(*historypb.HistoryEvent) bool) *historypb.HistoryEvent {
	if h == nil {
		return nil
	}
	if h.decoded == nil {
		for _, recorded := range h.Events {
			event, err := recorded.event()
			if err != nil {
				panic(fmt.Sprintf("recorded event %d: %v", recorded.ID, err))
			}
			h.decoded = append(h.decoded, event)
		}
	}
	for _, event := range h.decoded {
		if fits(event) {
			return proto.CloneOf(event)
		}
	}
	return nil
}

// last is the latest run's event of a type that a scenario has once.
func (g *recording) last(w *world, kind enumspb.EventType) *historypb.HistoryEvent {
	return g.latest(w).find(func(e *historypb.HistoryEvent) bool { return e.EventType == kind })
}

// ofUser tells a failure of user code from one of the server's.
func ofUser(f *failurepb.Failure) bool { return f.GetSource() == "GoSDK" }

func (g *recording) fillStart(w *world, q *workflowservice.StartWorkflowExecutionRequest) {
	q.WorkflowId = w.workflow.ID
	event := g.run(len(w.runs())).find(func(*historypb.HistoryEvent) bool { return true })
	a := event.GetWorkflowExecutionStartedEventAttributes()
	if a == nil {
		return
	}
	q.WorkflowType, q.TaskQueue.Name = a.WorkflowType, a.TaskQueue.GetName()
	q.Input, q.Header, q.Memo, q.SearchAttributes, q.Priority, q.UserMetadata = a.Input, a.Header, a.Memo, a.SearchAttributes, a.Priority, event.UserMetadata
}

func (g *recording) fillSignalWithStart(w *world, q *workflowservice.SignalWithStartWorkflowExecutionRequest) {
	start := startRequest(words{named: map[string]string{}})
	g.fillStart(w, start)
	q.WorkflowId, q.Input, q.Memo, q.SearchAttributes, q.Priority = start.WorkflowId, start.Input, start.Memo, start.SearchAttributes, start.Priority
	if g.run(len(w.runs())) != nil {
		q.WorkflowType, q.TaskQueue = start.WorkflowType, start.TaskQueue
	}
	a := g.nextSignal(w)
	if a == nil {
		a = g.run(len(w.runs())).find(isSignal).GetWorkflowExecutionSignaledEventAttributes()
	}
	q.SignalInput, q.Header = a.GetInput(), a.GetHeader()
}

func isSignal(e *historypb.HistoryEvent) bool {
	return e.EventType == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
}

// nextSignal is the recorded signal that comes behind those that the latest run has got.
func (g *recording) nextSignal(w *world) *historypb.WorkflowExecutionSignaledEventAttributes {
	if w.run() == nil {
		return nil
	}
	got := len(w.run().Snapshot().Buffered)
	for _, encoded := range w.run().Snapshot().Buffered {
		event := &historypb.HistoryEvent{}
		if proto.Unmarshal(encoded, event) != nil || !isSignal(event) {
			got--
		}
	}
	for _, event := range eventsOf(w.run()) {
		if isSignal(event) {
			got++
		}
	}
	return g.latest(w).find(func(e *historypb.HistoryEvent) bool {
		if isSignal(e) {
			got--
		}
		return got < 0
	}).GetWorkflowExecutionSignaledEventAttributes()
}

// outcome is the recorded event that ended the workflow task of a token.
func (g *recording) outcome(w *world, encoded []byte) *historypb.HistoryEvent {
	token := &workerpb.TaskToken{}
	if err := proto.Unmarshal(encoded, token); err != nil {
		panic(err)
	}
	return g.latest(w).find(func(e *historypb.HistoryEvent) bool { return e.EventId == token.StartedEventId+1 })
}

func (g *recording) fillCompletion(w *world, q *workflowservice.RespondWorkflowTaskCompletedRequest) {
	outcome := g.outcome(w, q.TaskToken)
	a := outcome.GetWorkflowTaskCompletedEventAttributes()
	if a == nil {
		return
	}
	q.SdkMetadata, q.MeteringMetadata = a.SdkMetadata, a.MeteringMetadata
	g.fillMessages(w, q.Messages)
	behind := outcome.EventId
	for _, command := range q.Commands {
		if placesMessage(command) {
			continue
		}
		made := g.latest(w).find(func(e *historypb.HistoryEvent) bool {
			by, is := reference(e, "workflow_task_completed_event_id")
			return is && by == outcome.EventId && e.EventId > behind
		})
		if made == nil {
			return
		}
		behind = made.EventId
		command.UserMetadata = made.UserMetadata
		fillCommand(command, made)
	}
}

func fillCommand(command *commandpb.Command, made *historypb.HistoryEvent) {
	switch made.EventType {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		c, a := command.GetScheduleActivityTaskCommandAttributes(), made.GetActivityTaskScheduledEventAttributes()
		c.Input, c.Header, c.Priority, c.UseWorkflowBuildId = a.Input, a.Header, a.Priority, a.UseWorkflowBuildId
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		c, a := command.GetRecordMarkerCommandAttributes(), made.GetMarkerRecordedEventAttributes()
		c.Details, c.Header, c.Failure = a.Details, a.Header, a.Failure
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		command.GetUpsertWorkflowSearchAttributesCommandAttributes().SearchAttributes = made.GetUpsertWorkflowSearchAttributesEventAttributes().SearchAttributes
	case enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
		command.GetModifyWorkflowPropertiesCommandAttributes().UpsertedMemo = made.GetWorkflowPropertiesModifiedEventAttributes().UpsertedMemo
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		c, a := command.GetStartChildWorkflowExecutionCommandAttributes(), made.GetStartChildWorkflowExecutionInitiatedEventAttributes()
		c.WorkflowId, c.WorkflowType, c.Input, c.Header = a.WorkflowId, a.WorkflowType, a.Input, a.Header
	case enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		c, a := command.GetSignalExternalWorkflowExecutionCommandAttributes(), made.GetSignalExternalWorkflowExecutionInitiatedEventAttributes()
		c.Execution.WorkflowId, c.SignalName, c.Input, c.Header, c.Control = a.WorkflowExecution.WorkflowId, a.SignalName, a.Input, a.Header, a.Control
	case enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		c, a := command.GetRequestCancelExternalWorkflowExecutionCommandAttributes(), made.GetRequestCancelExternalWorkflowExecutionInitiatedEventAttributes()
		c.WorkflowId, c.Control = a.WorkflowExecution.WorkflowId, a.Control
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		command.GetCompleteWorkflowExecutionCommandAttributes().Result = made.GetWorkflowExecutionCompletedEventAttributes().Result
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		if failure := made.GetWorkflowExecutionFailedEventAttributes().Failure; ofUser(failure) {
			command.GetFailWorkflowExecutionCommandAttributes().Failure = failure
		}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		command.GetCancelWorkflowExecutionCommandAttributes().Details = made.GetWorkflowExecutionCanceledEventAttributes().Details
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		c, a := command.GetContinueAsNewWorkflowExecutionCommandAttributes(), made.GetWorkflowExecutionContinuedAsNewEventAttributes()
		c.Input, c.Header, c.Memo, c.SearchAttributes = a.Input, a.Header, a.Memo, a.SearchAttributes
	}
}

// fillActivity gives the outcome of an activity its payloads.
func (g *recording) fillActivity(w *world, q proto.Message) {
	id := activityOf(w, q)
	if id == 0 {
		return
	}
	var started *historypb.ActivityTaskStartedEventAttributes
	end := g.latest(w).find(func(e *historypb.HistoryEvent) bool {
		if a := e.GetActivityTaskStartedEventAttributes(); a != nil && a.ScheduledEventId == id {
			started = a
		}
		return ends(e) == id && e.GetTimerFiredEventAttributes() == nil && e.GetTimerCanceledEventAttributes() == nil
	})
	switch q := q.(type) {
	case *workflowservice.RespondActivityTaskCompletedRequest:
		q.Result = end.GetActivityTaskCompletedEventAttributes().GetResult()
	case *workflowservice.RespondActivityTaskCompletedByIdRequest:
		q.Result = end.GetActivityTaskCompletedEventAttributes().GetResult()
	case *workflowservice.RespondActivityTaskCanceledRequest:
		q.Details = end.GetActivityTaskCanceledEventAttributes().GetDetails()
	case *workflowservice.RecordActivityTaskHeartbeatRequest:
		q.Details = end.GetActivityTaskTimedOutEventAttributes().GetFailure().GetTimeoutFailureInfo().GetLastHeartbeatDetails()
	case *workflowservice.RespondActivityTaskFailedRequest:
		if failure := end.GetActivityTaskFailedEventAttributes().GetFailure(); ofUser(failure) {
			q.Failure = failure
		} else if ofUser(started.GetLastFailure()) {
			q.Failure = started.LastFailure
		}
	}
}

// activityOf is the scheduled event of the activity that a request is about; 0 for other requests.
func activityOf(w *world, q proto.Message) int64 {
	var encoded []byte
	switch q := q.(type) {
	case *workflowservice.RespondActivityTaskCompletedRequest:
		encoded = q.TaskToken
	case *workflowservice.RespondActivityTaskFailedRequest:
		encoded = q.TaskToken
	case *workflowservice.RespondActivityTaskCanceledRequest:
		encoded = q.TaskToken
	case *workflowservice.RecordActivityTaskHeartbeatRequest:
		encoded = q.TaskToken
	case *workflowservice.RespondActivityTaskCompletedByIdRequest:
		for _, event := range eventsOf(w.run()) {
			if a := event.GetActivityTaskScheduledEventAttributes(); a != nil && a.ActivityId == q.ActivityId {
				return event.EventId
			}
		}
		return 0
	default:
		return 0
	}
	token := &workerpb.TaskToken{}
	if err := proto.Unmarshal(encoded, token); err != nil {
		panic(err)
	}
	return token.Task.ScheduledEventId
}
