package offload

import (
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// mayRefer is false for a message that has no reference for sure. A walk through a message costs more than what most workers do
// with a task: the tasks are looked at here, and the events that most of them have.
func mayRefer(message proto.Message) bool {
	switch m := message.(type) {
	case *workflowservice.PollActivityTaskQueueResponse:
		return refer(m.GetHeader(), m.GetInput(), m.GetHeartbeatDetails())
	case *workflowservice.PollWorkflowTaskQueueResponse:
		if m.GetQuery() != nil || len(m.GetQueries())+len(m.GetMessages()) > 0 {
			return true
		}
		for _, event := range m.GetHistory().GetEvents() {
			if eventMayRefer(event) {
				return true
			}
		}
		return false
	}
	return true
}

func eventMayRefer(event *historypb.HistoryEvent) bool {
	switch e := event.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes, *historypb.HistoryEvent_WorkflowTaskStartedEventAttributes,
		*historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes, *historypb.HistoryEvent_WorkflowTaskTimedOutEventAttributes,
		*historypb.HistoryEvent_TimerStartedEventAttributes, *historypb.HistoryEvent_TimerFiredEventAttributes, *historypb.HistoryEvent_TimerCanceledEventAttributes:
		return false
	case *historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes:
		a := e.WorkflowExecutionStartedEventAttributes
		return a.GetContinuedFailure() != nil || len(a.GetCompletionCallbacks()) > 0 || refer(a.GetHeader(), a.GetInput(), a.GetLastCompletionResult())
	case *historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes:
		a := e.WorkflowExecutionSignaledEventAttributes
		return refer(a.GetHeader(), a.GetInput())
	case *historypb.HistoryEvent_ActivityTaskScheduledEventAttributes:
		a := e.ActivityTaskScheduledEventAttributes
		return refer(a.GetHeader(), a.GetInput())
	case *historypb.HistoryEvent_ActivityTaskStartedEventAttributes:
		return e.ActivityTaskStartedEventAttributes.GetLastFailure() != nil
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		return refer(nil, e.ActivityTaskCompletedEventAttributes.GetResult())
	case *historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes:
		a := e.StartChildWorkflowExecutionInitiatedEventAttributes
		return refer(a.GetHeader(), a.GetInput())
	case *historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes:
		return refer(e.ChildWorkflowExecutionStartedEventAttributes.GetHeader())
	case *historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes:
		return refer(nil, e.ChildWorkflowExecutionCompletedEventAttributes.GetResult())
	}
	return true
}

// refer tells whether one of the payloads is a reference.
func refer(header *commonpb.Header, all ...*commonpb.Payloads) bool {
	for _, p := range header.GetFields() {
		if api.IsReference(p) {
			return true
		}
	}
	for _, payloads := range all {
		for _, p := range payloads.GetPayloads() {
			if api.IsReference(p) {
				return true
			}
		}
	}
	return false
}
