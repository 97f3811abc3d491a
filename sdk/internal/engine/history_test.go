package engine_test

import (
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/sdk/converter"
)

// script writes a history event by event.
type script struct{ events []*historypb.HistoryEvent }

func newScript() *script {
	s := &script{}
	return s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
			WorkflowType: &commonpb.WorkflowType{Name: "Alone"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "queue"}, Attempt: 1,
		}},
	})
}

func (s *script) add(t enumspb.EventType, e *historypb.HistoryEvent) *script {
	e.EventId, e.EventType = int64(len(s.events))+1, t
	e.EventTime = timestamppb.New(time.Unix(e.EventId, 0))
	s.events = append(s.events, e)
	return s
}

func (s *script) last() int64 { return int64(len(s.events)) }

// started schedules and starts a workflow task.
func (s *script) started() *script {
	s.add(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &historypb.HistoryEvent{})
	return s.add(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, &historypb.HistoryEvent{})
}

func (s *script) completed(flags ...uint32) *script {
	return s.add(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
			StartedEventId: s.last(), SdkMetadata: &sdkpb.WorkflowTaskCompletedMetadata{LangUsedFlags: flags},
		}},
	})
}

func (s *script) timedOut() *script {
	return s.add(enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT, &historypb.HistoryEvent{})
}

func (s *script) signal(name string, value any) *script {
	input, err := converter.Encode(converter.Default(), value)
	if err != nil {
		panic(err)
	}
	return s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
			WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{SignalName: name, Input: input},
		},
	})
}

func (s *script) cancelRequested() *script {
	return s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, &historypb.HistoryEvent{})
}

func (s *script) timerStarted(id string) *script {
	return s.add(enumspb.EVENT_TYPE_TIMER_STARTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_TimerStartedEventAttributes{TimerStartedEventAttributes: &historypb.TimerStartedEventAttributes{TimerId: id}},
	})
}

func (s *script) timerFired(started int64) *script {
	return s.add(enumspb.EVENT_TYPE_TIMER_FIRED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_TimerFiredEventAttributes{TimerFiredEventAttributes: &historypb.TimerFiredEventAttributes{StartedEventId: started}},
	})
}

// recorded writes the event of a command that records a marker, or starts a timer, or completes the run.
func (s *script) recorded(c *commandpb.Command) *script {
	switch a := c.GetAttributes().(type) {
	case *commandpb.Command_RecordMarkerCommandAttributes:
		return s.add(enumspb.EVENT_TYPE_MARKER_RECORDED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{
				MarkerName: a.RecordMarkerCommandAttributes.GetMarkerName(), Details: a.RecordMarkerCommandAttributes.GetDetails(),
				Failure: a.RecordMarkerCommandAttributes.GetFailure(),
			}},
		})
	case *commandpb.Command_StartTimerCommandAttributes:
		return s.timerStarted(a.StartTimerCommandAttributes.GetTimerId())
	default:
		return s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, &historypb.HistoryEvent{})
	}
}

// damage makes the details of a marker unreadable.
func (s *script) damage(id int64) *script {
	s.events[id-1].GetMarkerRecordedEventAttributes().GetDetails()["data"].GetPayloads()[0].Data = []byte("x")
	return s
}

func (s *script) version(change string, v int) *script {
	details := map[string]*commonpb.Payloads{}
	for key, value := range map[string]any{"change-id": change, "version": v} {
		details[key], _ = converter.EncodeAll(converter.Default(), value)
	}
	return s.add(enumspb.EVENT_TYPE_MARKER_RECORDED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{
			MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{MarkerName: "Version", Details: details},
		},
	})
}
