package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// detail is what tells an event apart from others of its type.
func (r *Events) detail(e *historypb.HistoryEvent) string {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes:
		return started(a.WorkflowExecutionStartedEventAttributes)
	case *historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes:
		s := a.WorkflowExecutionSignaledEventAttributes
		return call(s.GetSignalName(), Payloads(s.GetInput()))
	case *historypb.HistoryEvent_WorkflowExecutionCancelRequestedEventAttributes:
		return OneLine(a.WorkflowExecutionCancelRequestedEventAttributes.GetCause())
	case *historypb.HistoryEvent_WorkflowExecutionPausedEventAttributes:
		p := a.WorkflowExecutionPausedEventAttributes
		return by(p.GetIdentity()) + after(": ", OneLine(p.GetReason()))
	case *historypb.HistoryEvent_WorkflowExecutionUnpausedEventAttributes:
		u := a.WorkflowExecutionUnpausedEventAttributes
		return by(u.GetIdentity()) + after(": ", OneLine(u.GetReason()))
	case *historypb.HistoryEvent_MarkerRecordedEventAttributes:
		return marker(a.MarkerRecordedEventAttributes)
	case *historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes:
		return Fields(a.UpsertWorkflowSearchAttributesEventAttributes.GetSearchAttributes().GetIndexedFields())
	case *historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes:
		return Fields(a.WorkflowPropertiesModifiedEventAttributes.GetUpsertedMemo().GetFields())
	}
	for _, family := range []func(*historypb.HistoryEvent) (string, bool){closing, workflowTask, r.activity, r.timer, child, r.external, r.update} {
		if text, ok := family(e); ok {
			return text
		}
	}
	return anyAttributes(e)
}

func started(a *historypb.WorkflowExecutionStartedEventAttributes) string {
	text := call(a.GetWorkflowType().GetName(), Payloads(a.GetInput())) + " on " + OneLine(a.GetTaskQueue().GetName())
	if a.GetAttempt() > 1 {
		text += fmt.Sprintf(", attempt %d", a.GetAttempt())
	}
	if wait := a.GetFirstWorkflowTaskBackoff().AsDuration(); wait > 0 {
		text += ", begins in " + Duration(wait)
	}
	return text + after(", child of ", OneLine(a.GetParentWorkflowExecution().GetWorkflowId())) + after(", after run ", a.GetContinuedExecutionRunId())
}

func closing(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		return Payloads(a.WorkflowExecutionCompletedEventAttributes.GetResult()), true
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		return Failure(a.WorkflowExecutionFailedEventAttributes.GetFailure()), true
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		return strings.TrimSpace(retryState(a.WorkflowExecutionTimedOutEventAttributes.GetRetryState().String())), true
	case *historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes:
		return Payloads(a.WorkflowExecutionCanceledEventAttributes.GetDetails()), true
	case *historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes:
		return OneLine(a.WorkflowExecutionTerminatedEventAttributes.GetReason()), true
	case *historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes:
		c := a.WorkflowExecutionContinuedAsNewEventAttributes
		return call(c.GetWorkflowType().GetName(), Payloads(c.GetInput())) + " as run " + c.GetNewExecutionRunId(), true
	}
	return "", false
}

func workflowTask(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes:
		if attempt := a.WorkflowTaskScheduledEventAttributes.GetAttempt(); attempt > 1 {
			return fmt.Sprintf("attempt %d", attempt), true
		}
		return "", true
	case *historypb.HistoryEvent_WorkflowTaskStartedEventAttributes:
		return by(a.WorkflowTaskStartedEventAttributes.GetIdentity()), true
	case *historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes:
		return "", true
	case *historypb.HistoryEvent_WorkflowTaskTimedOutEventAttributes:
		return a.WorkflowTaskTimedOutEventAttributes.GetTimeoutType().String(), true
	case *historypb.HistoryEvent_WorkflowTaskFailedEventAttributes:
		f := a.WorkflowTaskFailedEventAttributes
		return f.GetCause().String() + after(" of run ", f.GetBaseRunId()) + after(": ", Failure(f.GetFailure())), true
	}
	return "", false
}

func (r *Events) activity(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_ActivityTaskScheduledEventAttributes:
		s := a.ActivityTaskScheduledEventAttributes
		name := OneLine(s.GetActivityType().GetName())
		r.activities[e.GetEventId()] = name
		return call(name, Payloads(s.GetInput())), true
	case *historypb.HistoryEvent_ActivityTaskStartedEventAttributes:
		s := a.ActivityTaskStartedEventAttributes
		text := r.activities[s.GetScheduledEventId()] + after(" ", by(s.GetIdentity()))
		if s.GetAttempt() > 1 {
			text += fmt.Sprintf(", attempt %d after %s", s.GetAttempt(), Failure(s.GetLastFailure()))
		}
		return text, true
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		c := a.ActivityTaskCompletedEventAttributes
		return r.activities[c.GetScheduledEventId()] + after(" = ", Payloads(c.GetResult())), true
	case *historypb.HistoryEvent_ActivityTaskFailedEventAttributes:
		f := a.ActivityTaskFailedEventAttributes
		return r.activities[f.GetScheduledEventId()] + after(": ", Failure(f.GetFailure())), true
	case *historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes:
		t := a.ActivityTaskTimedOutEventAttributes
		return r.activities[t.GetScheduledEventId()] + after(": ", Failure(t.GetFailure())), true
	case *historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes:
		return r.activities[a.ActivityTaskCancelRequestedEventAttributes.GetScheduledEventId()], true
	case *historypb.HistoryEvent_ActivityTaskCanceledEventAttributes:
		c := a.ActivityTaskCanceledEventAttributes
		return r.activities[c.GetScheduledEventId()] + after(" ", Payloads(c.GetDetails())), true
	}
	return "", false
}

func (r *Events) timer(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_TimerStartedEventAttributes:
		text := timer(a.TimerStartedEventAttributes.GetTimerId(), a.TimerStartedEventAttributes.GetStartToFireTimeout())
		r.timers[e.GetEventId()] = text
		return text, true
	case *historypb.HistoryEvent_TimerFiredEventAttributes:
		return r.timers[a.TimerFiredEventAttributes.GetStartedEventId()], true
	case *historypb.HistoryEvent_TimerCanceledEventAttributes:
		return r.timers[a.TimerCanceledEventAttributes.GetStartedEventId()], true
	}
	return "", false
}

func timer(id string, d *durationpb.Duration) string {
	return "timer " + OneLine(id) + " of " + Duration(d.AsDuration())
}

func call(name, input string) string { return OneLine(name) + "(" + input + ")" }

func by(identity string) string { return after("by ", OneLine(identity)) }

// after puts a word before text that is there.
func after(word, text string) string {
	if text == "" {
		return ""
	}
	return word + text
}

// anyAttributes are the attributes of an event that has no rendering of its own.
func anyAttributes(e *historypb.HistoryEvent) string {
	field := e.ProtoReflect().WhichOneof(e.ProtoReflect().Descriptor().Oneofs().ByName("attributes"))
	if field == nil {
		return ""
	}
	text, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(e.ProtoReflect().Get(field).Message().Interface())
	if err != nil {
		return ""
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return ""
	}
	return OneLine(compact.String())
}
