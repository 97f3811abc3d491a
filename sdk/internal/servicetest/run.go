package servicetest

import (
	"cmp"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api/workerpb"
)

// run is a run's history. A workflow task's start is in no event until the task ends.
type run struct {
	id, runID string
	queue     string
	workflow  *commonpb.WorkflowType
	request   string               // that created it
	timeout   *durationpb.Duration // of its workflow tasks
	signals   []string             // their request ids
	events    []*historypb.HistoryEvent

	scheduled  int64                             // event of the open workflow task; 0: none
	started    int64                             // event that its start will be; 0: not started
	pending    *historypb.HistoryEvent           // the start
	tail       []*historypb.HistoryEvent         // the second page of the started task
	buffered   []func()                          // what came while it is started
	sticky     string                            // the worker that has the run
	previous   int64                             // the started event of the last completed task
	activities map[int64]*historypb.HistoryEvent // queued
	closed     chan struct{}
}

// taskTimeout is that of workflow tasks whose start does not tell it. Nothing here enforces one.
var taskTimeout = durationpb.New(10e9)

func newRun(r *workflowservice.StartWorkflowExecutionRequest) *run {
	w := &run{
		id: r.GetWorkflowId(), runID: uuid.NewString(), queue: r.GetTaskQueue().GetName(), workflow: r.GetWorkflowType(),
		request: r.GetRequestId(), timeout: cmp.Or(r.GetWorkflowTaskTimeout(), taskTimeout), activities: map[int64]*historypb.HistoryEvent{}, closed: make(chan struct{}),
	}
	w.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
			WorkflowType: r.GetWorkflowType(), TaskQueue: r.GetTaskQueue(), Input: r.GetInput(), WorkflowTaskTimeout: w.timeout,
			OriginalExecutionRunId: w.runID, FirstExecutionRunId: w.runID, Attempt: 1, WorkflowId: w.id, Header: r.GetHeader(),
		}}})
	return w
}

func (w *run) add(t enumspb.EventType, event *historypb.HistoryEvent) *historypb.HistoryEvent {
	event.EventId = int64(len(w.events)) + 1
	event.EventType = t
	event.EventTime = timestamppb.Now()
	w.events = append(w.events, event)
	return event
}

// happens adds an event, now or when the started workflow task has ended, and has a workflow task
// follow it. It tells whether there is a new one to dispatch.
func (w *run) happens(t enumspb.EventType, event *historypb.HistoryEvent) bool {
	if w.started != 0 {
		w.buffered = append(w.buffered, func() { w.add(t, event) })
		return false
	}
	w.add(t, event)
	return w.schedule()
}

func (w *run) schedule() bool {
	if w.scheduled != 0 {
		return false
	}
	w.scheduled = w.add(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{
				TaskQueue: &taskqueuepb.TaskQueue{Name: w.queue}, StartToCloseTimeout: w.timeout, Attempt: 1,
			}}}).EventId
	return true
}

// startTask is the open workflow task as a worker gets it: with the whole history, or with what came
// after the last completed task.
func (w *run) startTask(whole bool) *workflowservice.PollWorkflowTaskQueueResponse {
	w.started = int64(len(w.events)) + 1
	var from int64
	if !whole {
		from = w.previous
	}
	w.pending = &historypb.HistoryEvent{
		EventId: w.started, EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, EventTime: timestamppb.Now(),
		Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
			WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{ScheduledEventId: w.scheduled}},
	}
	return &workflowservice.PollWorkflowTaskQueueResponse{
		TaskToken: w.token(w.scheduled), WorkflowExecution: w.execution(), WorkflowType: w.workflow,
		PreviousStartedEventId: w.previous, StartedEventId: w.started, Attempt: 1,
		History: &historypb.History{Events: append(w.events[from:len(w.events):len(w.events)], w.pending)},
	}
}

// endTask ends the started workflow task with an event.
func (w *run) endTask(t enumspb.EventType, event *historypb.HistoryEvent) int64 {
	w.events = append(w.events, w.pending) // as it is: it may be on its way to a worker
	id := w.add(t, event).EventId
	w.scheduled, w.started, w.pending = 0, 0, nil
	return id
}

// flush adds what came while the task was started; it tells whether there was anything.
func (w *run) flush() bool {
	for _, add := range w.buffered {
		add()
	}
	had := len(w.buffered) > 0
	w.buffered = nil
	return had
}

// end ends the run.
func (w *run) end(t enumspb.EventType, event *historypb.HistoryEvent) {
	w.add(t, event)
	close(w.closed)
}

func (w *run) execution() *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: w.id, RunId: w.runID}
}

func (w *run) task(kind enumspb.TaskQueueType, queue string, scheduled int64) *workerpb.Task {
	return &workerpb.Task{WorkflowId: w.id, RunId: w.runID, Type: kind, ScheduledEventId: scheduled, Attempt: 1, TaskQueue: queue}
}

func (w *run) token(scheduled int64) []byte {
	token, err := proto.Marshal(&workerpb.TaskToken{Task: w.task(0, w.queue, scheduled)})
	if err != nil {
		panic(err) // plain data
	}
	return token
}
