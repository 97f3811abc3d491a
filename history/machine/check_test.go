package machine_test

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// check is what must hold after every request.
func (w *world) check() error {
	if w.run() == nil {
		return nil
	}
	for i, run := range w.runs() {
		if err := checkHistory(run); err != nil {
			return fmt.Errorf("run %s: %w", run.RunID(), err)
		}
		if run.Open() && i < len(w.past) {
			return fmt.Errorf("run %s is open, and so is a later one", run.RunID())
		}
	}
	if err := w.checkChains(); err != nil {
		return err
	}
	if err := w.sameRun(w.run(), w.shadow.Run); err != nil {
		return fmt.Errorf("evolved from records: %w", err)
	}
	restored, err := restore(w.run())
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	if err := w.sameRun(w.run(), restored); err != nil {
		return fmt.Errorf("restored: %w", err)
	}
	if err := checkBuffered(restored, w.now); err != nil {
		return err
	}
	if err := w.checkCalls(); err != nil {
		return err
	}
	if err := w.checkPauses(); err != nil {
		return err
	}
	return w.checkOutstanding()
}

// checkBuffered checks that what is buffered has a workflow task to wait for, with a new owner too, or is due at once.
func checkBuffered(r *machine.Run, now time.Time) error {
	if s := r.Snapshot(); !r.Open() || len(s.Buffered) == 0 || s.WorkflowTask != nil {
		return nil
	}
	if due := r.NextDue(); due.IsZero() || due.After(now) {
		return errors.New("what is buffered waits for nothing")
	}
	return nil
}

// restore makes the run again from what would be its rest, encoded and decoded.
func restore(r *machine.Run) (*machine.Run, error) {
	encoded, err := proto.Marshal(&recordpb.Rest{State: r.Snapshot(), Batches: batchesOf(r)})
	if err != nil {
		return nil, err
	}
	rest := &recordpb.Rest{}
	if err := proto.Unmarshal(encoded, rest); err != nil {
		return nil, err
	}
	return machine.Restore(rest.State, rest.Batches)
}

func batchesOf(r *machine.Run) []*recordpb.Batch {
	var batches []*recordpb.Batch
	for _, events := range r.Batches() {
		batches = append(batches, &recordpb.Batch{Events: events})
	}
	return batches
}

// evolved makes the workflow again from its records.
func (w *world) evolved() (*machine.Workflow, error) {
	workflow := &machine.Workflow{ID: w.workflow.ID}
	for _, encoded := range w.records {
		record := &recordpb.Record{}
		if err := proto.Unmarshal(encoded, record); err != nil {
			return nil, err
		}
		if _, err := machine.Evolve(workflow, record); err != nil {
			return nil, err
		}
	}
	return workflow, nil
}

// sameRun compares all that is not soft.
func (w *world) sameRun(a, b *machine.Run) error {
	if a.RunID() != b.RunID() {
		return fmt.Errorf("run %s, not %s", b.RunID(), a.RunID())
	}
	if x, y := hard(a), hard(b); !proto.Equal(x, y) {
		return fmt.Errorf("another state:\n%v\n%v", x, y)
	}
	x, y := a.Batches(), b.Batches()
	if len(x) != len(y) || a.LastEventID() != b.LastEventID() || a.Size() != b.Size() {
		return fmt.Errorf("another history: %d batches, %d events, %d bytes; not %d, %d, %d", len(y), b.LastEventID(), b.Size(), len(x), a.LastEventID(), a.Size())
	}
	for i := range x {
		if !bytes.Equal(bytes.Join(x[i], nil), bytes.Join(y[i], nil)) {
			return fmt.Errorf("batch %d differs", i)
		}
	}
	if !isTaskStarted(a) && !isTaskStarted(b) && !isSpeculative(a) && !isSpeculative(b) && !proto.Equal(a.Describe(w.now), b.Describe(w.now)) {
		return fmt.Errorf("another description:\n%v\n%v", a.Describe(w.now), b.Describe(w.now))
	}
	return nil
}

// isSpeculative tells whether the run has a workflow task of which nothing is recorded.
func isSpeculative(r *machine.Run) bool {
	return r != nil && r.Open() && r.Snapshot().WorkflowTask == nil && r.Describe(epochStart).PendingWorkflowTask != nil
}

// hard is a run's state without what is not recorded: whether a task was queued, and that a
// worker was found not to hold the run any more.
func hard(r *machine.Run) *recordpb.RunState {
	state := r.Snapshot()
	state.Sticky = nil
	if state.WorkflowTask != nil {
		state.WorkflowTask.Queued = nil
	}
	for _, a := range state.Activities {
		a.Queued = nil
	}
	return state
}

// checkHistory checks that event ids are contiguous, references point back, and
// a close event is the last event.
func checkHistory(r *machine.Run) error {
	events := eventsOf(r)
	size := 0
	for i, event := range events {
		if event.EventId != int64(i+1) {
			return fmt.Errorf("event %d stands at place %d", event.EventId, i+1)
		}
		if closesRun(event) != (i == len(events)-1 && !r.Open()) {
			return fmt.Errorf("event %d, %s, of %d; the run is %s", event.EventId, event.EventType, len(events), r.Status())
		}
		if err := checkReferences(events, event); err != nil {
			return err
		}
	}
	if err := checkLives(events); err != nil {
		return err
	}
	for _, batch := range r.Batches() {
		if len(batch) == 0 {
			return errors.New("an empty batch")
		}
		for _, encoded := range batch {
			size += len(encoded)
		}
	}
	if r.LastEventID() != int64(len(events)) || r.Size() != int64(size) {
		return fmt.Errorf("%d events of %d bytes, said to be %d of %d", len(events), size, r.LastEventID(), r.Size())
	}
	if !r.Open() && !r.NextDue().IsZero() {
		return errors.New("something is due of a closed run")
	}
	return nil
}

func closesRun(event *historypb.HistoryEvent) bool {
	switch event.EventType {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return true
	}
	return false
}

// references are the fields that name an earlier event, and of what type it is.
var references = map[string]map[enumspb.EventType]enumspb.EventType{
	"workflow_task_completed_event_id": {0: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED},
	"scheduled_event_id": {
		enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
		0: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
	},
	"started_event_id": {
		enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:            enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		enumspb.EVENT_TYPE_TIMER_FIRED:                         enumspb.EVENT_TYPE_TIMER_STARTED, enumspb.EVENT_TYPE_TIMER_CANCELED: enumspb.EVENT_TYPE_TIMER_STARTED,
		0: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
	},
	"initiated_event_id": {
		enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED: enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED: enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:      enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED: enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
		0: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
	},
	"accepted_event_id":                {0: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED},
	"latest_cancel_requested_event_id": {0: enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED},
}

func checkReferences(events []*historypb.HistoryEvent, event *historypb.HistoryEvent) error {
	for name, types := range references {
		id, present := reference(event, name)
		if !present {
			continue
		}
		want, own := types[event.EventType]
		if !own {
			want = types[0]
		}
		if id == 0 && optionalReference(event, name) {
			continue
		}
		if id < 1 || id >= event.EventId || events[id-1].EventType != want {
			return fmt.Errorf("event %d, %s: its %s is %d", event.EventId, event.EventType, name, id)
		}
	}
	return nil
}

// optionalReference tells the references of an activity that was never started, or never asked to end.
func optionalReference(event *historypb.HistoryEvent, name string) bool {
	switch event.EventType {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		return name == "started_event_id"
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED, enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
		return name == "workflow_task_completed_event_id" // as with Temporal
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		return name == "started_event_id" && neverStarted(event)
	}
	return false
}

// neverStarted tells the end of a workflow task that a pause took from its queue.
func neverStarted(event *historypb.HistoryEvent) bool {
	return event.GetWorkflowTaskFailedEventAttributes().GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED
}

func reference(event *historypb.HistoryEvent, name string) (int64, bool) {
	m := event.ProtoReflect()
	oneof := m.WhichOneof(m.Descriptor().Oneofs().ByName("attributes"))
	if oneof == nil {
		return 0, false
	}
	attributes := m.Get(oneof).Message()
	for field := range fieldsOf(attributes) {
		if string(field.Name()) == name {
			return attributes.Get(field).Int(), true
		}
	}
	return 0, false
}

// checkOutstanding checks that a new owner would queue exactly what was let out
// and that nobody has started; anything else that was let out is stale.
func (w *world) checkOutstanding() error {
	restored, err := restore(w.run())
	if err != nil {
		return err
	}
	outstanding := map[taskKey]bool{}
	for _, task := range restored.Outstanding(w.now) {
		key := keyOf(task)
		if key.kind == enumspb.TASK_QUEUE_TYPE_WORKFLOW && w.workflowTaskStarted() {
			continue
		}
		if outstanding[key] {
			return fmt.Errorf("%+v is outstanding twice", key)
		}
		outstanding[key] = true
		if w.owed[key] == nil {
			return fmt.Errorf("%+v is outstanding and was never let out", key)
		}
	}
	if w.run().Owes() != (len(outstanding) > 0 || w.run().OwesCalls()) {
		return fmt.Errorf("owes: %t, with %d tasks outstanding", w.run().Owes(), len(outstanding))
	}
	for key, task := range w.owed {
		if outstanding[key] || isSpeculative(w.run()) && task.Type == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
			continue
		}
		if err := w.mustBeStale(task); err != nil {
			return err
		}
		delete(w.owed, key)
	}
	return nil
}

func (w *world) mustBeStale(task *workerpb.Task) error {
	if w.workflowTaskStarted() && task.Type == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		return nil
	}
	run, err := restore(w.run())
	if err != nil {
		return err
	}
	copied := &machine.Workflow{ID: w.workflow.ID, Run: run}
	_, err = machine.Decide(copied, w.input(&workerpb.StartTaskRequest{Task: task, RequestId: "late"}))
	if err == nil {
		return fmt.Errorf("%v is not outstanding and can be started", task)
	}
	return nil
}

// checkLives checks that workflow tasks come one after the other, and that each
// activity and timer ends at most once.
func checkLives(events []*historypb.HistoryEvent) error {
	var task enumspb.EventType
	follows := map[enumspb.EventType]enumspb.EventType{
		enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
	}
	ended := map[int64]enumspb.EventType{}
	for _, event := range events {
		if before, isTask := follows[event.EventType]; isTask {
			if neverStarted(event) {
				before = enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
			}
			if task != before {
				return fmt.Errorf("event %d, %s, follows %s", event.EventId, event.EventType, task)
			}
			task = event.EventType
		}
		if event.EventType == enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED {
			if task == event.EventType || task == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED {
				return fmt.Errorf("event %d, %s, beside a task that is not over", event.EventId, event.EventType)
			}
			task = event.EventType
		}
		if id := ends(event); id != 0 {
			if ended[id] != 0 {
				return fmt.Errorf("event %d, %s, is of %d, which %s ended", event.EventId, event.EventType, id, ended[id])
			}
			ended[id] = event.EventType
		}
	}
	return nil
}

// ends is the id of the event whose activity, timer, child or call an event ends; 0 for other events.
func ends(event *historypb.HistoryEvent) int64 {
	switch event.EventType {
	case enumspb.EVENT_TYPE_TIMER_FIRED, enumspb.EVENT_TYPE_TIMER_CANCELED:
		id, _ := reference(event, "started_event_id")
		return id
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		id, _ := reference(event, "scheduled_event_id")
		return id
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
		return 0
	}
	id, _ := reference(event, "initiated_event_id") // of a child or a call
	return id
}

// checkTask checks that a workflow task's history, all pages of it, ends with the task's
// own start and begins with the first event, or behind the last start that its worker saw.
func (w *world) checkTask(reply proto.Message) error {
	task, ok := reply.(*workflowservice.PollWorkflowTaskQueueResponse)
	if completed, is := reply.(*workflowservice.RespondWorkflowTaskCompletedResponse); is {
		task, ok = completed.WorkflowTask, completed.WorkflowTask != nil
	}
	if began, is := reply.(*workflowservice.StartWorkflowExecutionResponse); is {
		task, ok = began.EagerWorkflowTask, began.EagerWorkflowTask != nil
	}
	if !ok {
		return nil
	}
	events := task.GetHistory().GetEvents()
	for token := task.NextPageToken; len(token) > 0; {
		page, err := w.run().ReadHistory(&workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: token})
		if err != nil {
			return err
		}
		if err := api.Settle(page); err != nil {
			return err
		}
		events = append(events, page.GetHistory().GetEvents()...)
		token = page.NextPageToken
	}
	if len(events) == 0 || events[0].EventId != 1 && events[0].EventId != task.PreviousStartedEventId+1 {
		return fmt.Errorf("a task whose history begins wrongly: %v", task)
	}
	for i, event := range events {
		if event.EventId != events[0].EventId+int64(i) {
			return fmt.Errorf("a task whose history has event %d behind %d", event.EventId, events[i-1].EventId)
		}
	}
	last := events[len(events)-1]
	if last.EventId != task.StartedEventId || last.EventType != enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED {
		return fmt.Errorf("a task that started with event %d whose history ends with %d, %s", task.StartedEventId, last.EventId, last.EventType)
	}
	return nil
}
