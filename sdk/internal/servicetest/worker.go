package servicetest

import (
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

var errStale = serviceerror.NewNotFound("the task is stale")

// dispatch offers the open workflow task to the worker that has the run, else it queues it. The caller
// holds the lock.
func (s *Service) dispatch(w *run) {
	if w.sticky == "" {
		s.enqueue(w.task(enumspb.TASK_QUEUE_TYPE_WORKFLOW, w.queue, w.scheduled))
		return
	}
	task := w.startTask(false)
	body, err := proto.Marshal(task)
	if err != nil {
		panic(err) // plain data
	}
	subject := s.names.Sticky(Namespace, w.queue, w.sticky)
	s.under.Go(func() {
		reply, err := s.conn.Request(subject, body, callTimeout)
		if err == nil && reply.Header.Get(api.HeaderAccepted) == "true" {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refused++
		if w.started == task.GetStartedEventId() {
			w.started, w.pending, w.sticky = 0, nil, ""
			s.enqueue(w.task(enumspb.TASK_QUEUE_TYPE_WORKFLOW, w.queue, w.scheduled))
		}
	})
}

// Refused is how many sticky tasks no worker took.
func (s *Service) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

func (s *Service) enqueue(task *workerpb.Task) {
	if err := s.Enqueue(task); err != nil {
		panic(err) // the test's connection is gone
	}
}

func (s *Service) startWorkflowTask(request proto.Message) (proto.Message, error) {
	t := request.(*workerpb.StartTaskRequest).GetTask()
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.find(t.GetWorkflowId())
	if err != nil || w.scheduled != t.GetScheduledEventId() || w.started != 0 {
		return nil, errStale
	}
	task := w.startTask(true)
	if all := task.GetHistory().GetEvents(); s.page > 0 && len(all) > int(s.page) {
		// What follows is read before the task's start is in the history, so it ends without it.
		task.History.Events = all[:s.page]
		w.tail = all[s.page:]
		task.NextPageToken = []byte("tail")
	}
	return task, nil
}

func (s *Service) workflowTaskCompleted(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.RespondWorkflowTaskCompletedRequest)
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.byToken(r.GetTaskToken())
	if err != nil || w.started == 0 {
		return nil, errStale
	}
	scheduled, started := w.scheduled, w.started
	w.previous = started
	w.sticky = r.GetStickyAttributes().GetWorkerTaskQueue().GetName()
	completed := w.endTask(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, SdkMetadata: r.GetSdkMetadata(),
			}}})
	reply := &workflowservice.RespondWorkflowTaskCompletedResponse{}
	for _, command := range r.GetCommands() {
		s.apply(w, command, completed, reply)
	}
	if (w.flush() || r.GetForceCreateNewWorkflowTask()) && w.schedule() {
		if r.GetReturnNewWorkflowTask() {
			reply.WorkflowTask = w.startTask(false)
		} else {
			s.dispatch(w)
		}
	}
	return reply, nil
}

func (s *Service) apply(w *run, command *commandpb.Command, completed int64, reply *workflowservice.RespondWorkflowTaskCompletedResponse) {
	switch command.GetCommandType() {
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		a := command.GetScheduleActivityTaskCommandAttributes()
		event := w.add(enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
				ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
					ActivityId: a.GetActivityId(), ActivityType: a.GetActivityType(), TaskQueue: a.GetTaskQueue(), Input: a.GetInput(), Header: a.GetHeader(),
					ScheduleToCloseTimeout: a.GetScheduleToCloseTimeout(), StartToCloseTimeout: a.GetStartToCloseTimeout(),
					HeartbeatTimeout: a.GetHeartbeatTimeout(), RetryPolicy: a.GetRetryPolicy(), WorkflowTaskCompletedEventId: completed,
				}}})
		if a.GetRequestEagerExecution() && s.eager {
			reply.ActivityTasks = append(reply.ActivityTasks, w.startActivity(event))
			return
		}
		w.activities[event.EventId] = event
		s.enqueue(w.task(enumspb.TASK_QUEUE_TYPE_ACTIVITY, a.GetTaskQueue().GetName(), event.EventId))
	case enumspb.COMMAND_TYPE_RECORD_MARKER:
		a := command.GetRecordMarkerCommandAttributes()
		w.add(enumspb.EVENT_TYPE_MARKER_RECORDED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{
				MarkerName: a.GetMarkerName(), Details: a.GetDetails(), Failure: a.GetFailure(), WorkflowTaskCompletedEventId: completed,
			}}})
	case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
		w.end(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
				WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
					Result: command.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), WorkflowTaskCompletedEventId: completed,
				}}})
	case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
		w.end(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{
				WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
					Failure: command.GetFailWorkflowExecutionCommandAttributes().GetFailure(), WorkflowTaskCompletedEventId: completed,
				}}})
	}
}

// SetEager has the service send activities along with a completion's answer, and the first workflow task with a
// start's, when it is asked to.
func (s *Service) SetEager(eager bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.eager = eager
}

func (s *Service) workflowTaskFailed(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.RespondWorkflowTaskFailedRequest)
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.byToken(r.GetTaskToken())
	if err != nil || w.started == 0 {
		return nil, errStale
	}
	w.sticky = ""
	w.endTask(enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{
			WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{
				ScheduledEventId: w.scheduled, StartedEventId: w.started, Cause: r.GetCause(), Failure: r.GetFailure(),
			}}})
	w.flush()
	if w.schedule() {
		s.dispatch(w)
	}
	return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
}

func (s *Service) startActivityTask(request proto.Message) (proto.Message, error) {
	t := request.(*workerpb.StartTaskRequest).GetTask()
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.find(t.GetWorkflowId())
	if err != nil || w.activities[t.GetScheduledEventId()] == nil {
		return nil, errStale
	}
	event := w.activities[t.GetScheduledEventId()]
	delete(w.activities, t.GetScheduledEventId())
	return w.startActivity(event), nil
}

func (w *run) startActivity(event *historypb.HistoryEvent) *workflowservice.PollActivityTaskQueueResponse {
	a := event.GetActivityTaskScheduledEventAttributes()
	return &workflowservice.PollActivityTaskQueueResponse{
		TaskToken: w.token(event.EventId), WorkflowExecution: w.execution(), WorkflowType: w.workflow, WorkflowNamespace: Namespace,
		ActivityId: a.GetActivityId(), ActivityType: a.GetActivityType(), Input: a.GetInput(), Header: a.GetHeader(), Attempt: 1,
		ScheduledTime: event.GetEventTime(), CurrentAttemptScheduledTime: event.GetEventTime(), StartedTime: timestamppb.Now(),
		ScheduleToCloseTimeout: a.GetScheduleToCloseTimeout(), StartToCloseTimeout: a.GetStartToCloseTimeout(),
		HeartbeatTimeout: a.GetHeartbeatTimeout(), RetryPolicy: a.GetRetryPolicy(),
	}
}
