package servicetest

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// byToken is the run that a task token is of; the caller holds the lock.
func (s *Service) byToken(token []byte) (*run, error) {
	_, w, err := s.decode(token)
	return w, err
}

func (s *Service) decode(token []byte) (int64, *run, error) {
	t := &workerpb.TaskToken{}
	if err := proto.Unmarshal(token, t); err != nil {
		return 0, nil, err
	}
	w, err := s.find(t.GetTask().GetWorkflowId())
	return t.GetTask().GetScheduledEventId(), w, err
}

// activityEnded adds an activity's start and end.
func (s *Service) activityEnded(token []byte, t enumspb.EventType, end func(scheduled, started int64) *historypb.HistoryEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	scheduled, w, err := s.decode(token)
	if err != nil {
		return errStale
	}
	events := func() {
		started := w.add(enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
				ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{ScheduledEventId: scheduled, Attempt: 1},
			}}).EventId
		w.add(t, end(scheduled, started))
	}
	if w.started != 0 {
		w.buffered = append(w.buffered, events)
		return nil
	}
	events()
	if w.schedule() {
		s.dispatch(w)
	}
	return nil
}

func (s *Service) activityTaskCompleted(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.RespondActivityTaskCompletedRequest)
	err := s.activityEnded(r.GetTaskToken(), enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, func(scheduled, started int64) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
			ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, Result: r.GetResult(),
			}}}
	})
	return &workflowservice.RespondActivityTaskCompletedResponse{}, err
}

func (s *Service) activityTaskFailed(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.RespondActivityTaskFailedRequest)
	err := s.activityEnded(r.GetTaskToken(), enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, func(scheduled, started int64) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{
			ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, Failure: r.GetFailure(),
				RetryState: enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED,
			}}}
	})
	return &workflowservice.RespondActivityTaskFailedResponse{}, err
}

func (s *Service) activityTaskCanceled(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.RespondActivityTaskCanceledRequest)
	err := s.activityEnded(r.GetTaskToken(), enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED, func(scheduled, started int64) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskCanceledEventAttributes{
			ActivityTaskCanceledEventAttributes: &historypb.ActivityTaskCanceledEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, Details: r.GetDetails(),
			}}}
	})
	return &workflowservice.RespondActivityTaskCanceledResponse{}, err
}
