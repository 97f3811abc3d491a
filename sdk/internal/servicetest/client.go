package servicetest

import (
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

func (s *Service) defaults() {
	for method, handler := range map[string]Handler{
		"StartWorkflowExecution":       s.start,
		"SignalWorkflowExecution":      s.signal,
		"DescribeWorkflowExecution":    s.describe,
		"GetWorkflowExecutionHistory":  s.history,
		"QueryWorkflow":                s.query,
		api.OpenTaskQueue:              s.openQueue,
		api.StartWorkflowTask:          s.startWorkflowTask,
		api.StartActivityTask:          s.startActivityTask,
		"RespondWorkflowTaskCompleted": s.workflowTaskCompleted,
		"RespondWorkflowTaskFailed":    s.workflowTaskFailed,
		"RespondActivityTaskCompleted": s.activityTaskCompleted,
		"RespondActivityTaskFailed":    s.activityTaskFailed,
		"RespondActivityTaskCanceled":  s.activityTaskCanceled,
		"RecordActivityTaskHeartbeat": func(proto.Message) (proto.Message, error) {
			return &workflowservice.RecordActivityTaskHeartbeatResponse{}, nil
		},
		"ShutdownWorker": func(proto.Message) (proto.Message, error) {
			return &workflowservice.ShutdownWorkerResponse{}, nil
		},
	} {
		s.On(method, handler)
	}
}

// find is the run of a workflow id; the caller holds the lock.
func (s *Service) find(id string) (*run, error) {
	if w := s.runs[id]; w != nil {
		return w, nil
	}
	return nil, serviceerror.NewNotFoundf("workflow not found for ID: %s", id)
}

func (s *Service) start(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.StartWorkflowExecutionRequest)
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.runs[r.GetWorkflowId()]; w != nil {
		if w.request != r.GetRequestId() {
			return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("the workflow is already started", w.request, w.runID)
		}
		return &workflowservice.StartWorkflowExecutionResponse{RunId: w.runID}, nil
	}
	w := newRun(r)
	s.runs[r.GetWorkflowId()] = w
	reply := &workflowservice.StartWorkflowExecutionResponse{RunId: w.runID, Started: true}
	switch scheduled := w.schedule(); {
	case scheduled && s.eager && r.GetRequestEagerExecution():
		reply.EagerWorkflowTask = w.startTask(true)
	case scheduled:
		s.dispatch(w)
	}
	return reply, nil
}

func (s *Service) signal(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.SignalWorkflowExecutionRequest)
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.find(r.GetWorkflowExecution().GetWorkflowId())
	if err != nil {
		return nil, err
	}
	if slices.Contains(w.signals, r.GetRequestId()) {
		return &workflowservice.SignalWorkflowExecutionResponse{}, nil
	}
	w.signals = append(w.signals, r.GetRequestId())
	if w.happens(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
			WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{
				SignalName: r.GetSignalName(), Input: r.GetInput(), Header: r.GetHeader(),
			}}}) {
		s.dispatch(w)
	}
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (s *Service) describe(request proto.Message) (proto.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.find(request.(*workflowservice.DescribeWorkflowExecutionRequest).GetExecution().GetWorkflowId())
	if err != nil {
		return nil, err
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Execution: w.execution(), Type: w.workflow,
	}}, nil
}

// history gives pages of MaximumPageSize events; the token is the id of the next event, in one rune.
func (s *Service) history(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.GetWorkflowExecutionHistoryRequest)
	s.mu.Lock()
	w, err := s.find(r.GetExecution().GetWorkflowId())
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	closed := w.closed
	s.mu.Unlock()
	if r.GetWaitNewEvent() {
		<-closed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	events := w.events
	if r.GetHistoryEventFilterType() == enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT {
		events = events[len(events)-1:]
	}
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{History: &historypb.History{}}
	if string(r.GetNextPageToken()) == "tail" {
		reply.History.Events = w.tail
		return reply, nil
	}
	if token := []rune(string(r.GetNextPageToken())); len(token) > 0 {
		events = events[token[0]-1:]
	}
	if size := int(s.pageSize(r)); size > 0 && len(events) > size {
		events = events[:size:size]
		reply.NextPageToken = []byte(string(rune(events[size-1].GetEventId() + 1)))
	}
	reply.History.Events = slices.Clone(events)
	return reply, nil
}

func (s *Service) pageSize(r *workflowservice.GetWorkflowExecutionHistoryRequest) int32 {
	if r.GetMaximumPageSize() > 0 {
		return r.GetMaximumPageSize()
	}
	return s.page
}

// query asks the worker that has the run, else any.
func (s *Service) query(request proto.Message) (proto.Message, error) {
	r := request.(*workflowservice.QueryWorkflowRequest)
	s.mu.Lock()
	w, err := s.find(r.GetExecution().GetWorkflowId())
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	if w.previous == 0 {
		s.mu.Unlock()
		return nil, serviceerror.NewWorkflowNotReady("no workflow task has completed yet")
	}
	task := &workflowservice.PollWorkflowTaskQueueResponse{
		WorkflowExecution: w.execution(), WorkflowType: w.workflow, PreviousStartedEventId: w.previous, Query: r.GetQuery(),
	}
	subjects := []string{s.names.Query(Namespace, w.queue)}
	if w.sticky != "" {
		subjects = append([]string{s.names.Sticky(Namespace, w.queue, w.sticky)}, subjects...)
	}
	s.mu.Unlock()
	return s.ask(subjects, task)
}

func (s *Service) ask(subjects []string, task *workflowservice.PollWorkflowTaskQueueResponse) (proto.Message, error) {
	body, err := proto.Marshal(task)
	if err != nil {
		return nil, err
	}
	last := serviceerror.NewUnavailable("no worker")
	for _, subject := range subjects {
		reply, err := s.conn.Request(subject, body, callTimeout)
		if err != nil {
			last = serviceerror.NewUnavailable(err.Error())
			continue
		}
		if code := reply.Header.Get(api.HeaderErrorCode); code != "" {
			last = api.DecodeError(code, reply.Header.Get(api.HeaderError), reply.Data, false)
			continue
		}
		answer := &workflowservice.RespondQueryTaskCompletedRequest{}
		if err := proto.Unmarshal(reply.Data, answer); err != nil {
			return nil, err
		}
		if answer.GetCompletedType() == enumspb.QUERY_RESULT_TYPE_FAILED {
			return nil, serviceerror.NewQueryFailed(answer.GetErrorMessage())
		}
		return &workflowservice.QueryWorkflowResponse{QueryResult: answer.GetQueryResult()}, nil
	}
	return nil, last
}

// SetPageSize has histories without a page size of their own come in pages of so many events.
func (s *Service) SetPageSize(events int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = events
}

// Forget has the service forget which worker has a run in its cache.
func (s *Service) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[id].sticky = ""
}
