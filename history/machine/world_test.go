package machine_test

import (
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

const (
	workflowID  = "wf"
	namespace   = "default"
	testEpoch   = 7
	defaultType = "order"
	queueName   = "q"
	retention   = time.Hour
)

// epochStart is when every test's virtual clock begins.
var epochStart = time.Unix(1_700_000_000, 0)

// world drives one workflow id through the machine with a virtual clock, as a
// shard would, and keeps what a shard would have persisted and let out.
type world struct {
	workflow *machine.Workflow
	now      time.Time
	// records are what was persisted, encoded.
	records [][]byte
	// shadow is a second owner that follows by the records alone.
	shadow *machine.Workflow
	// firstRun is the number in the id of the first run.
	firstRun int
	// past are the closed runs before the latest, oldest first.
	past []*machine.Run
	// owed are the tasks that were let out and that nobody has started.
	owed map[taskKey]*workerpb.Task
	// attempts are the activity attempts that were started, by the start's request id.
	attempts map[taskKey]string
	starts   int
	// calls are the calls that were let out and have no answer; called are the runs that ever made one.
	calls  map[callKey]*machine.Call
	called map[string]bool
	// told are the entries of TemporalPauseInfo, by run, as the records tell them.
	told map[string][]string
	// chain are the runs that a reset is given.
	chain []*machine.Run
	// types are the namespace's custom search attributes; nil: they are not checked.
	types api.SearchAttributeTypes
	// maxReply is how many bytes a reply may have; 0: any number.
	maxReply int
	// limits are the namespace's; nil: the defaults.
	limits *api.Limits
	// warnings are those of decisions since they were looked at last.
	warnings []machine.Warning
}

// taskKey is what makes a task one.
type taskKey struct {
	run       string
	kind      enumspb.TaskQueueType
	scheduled int64
	attempt   int32
	stamp     int64
}

func keyOf(task *workerpb.Task) taskKey {
	key := taskKey{task.RunId, task.Type, task.ScheduledEventId, task.Attempt, task.Stamp}
	if task.Type == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		key.stamp = 0 // a speculative task may become another
	}
	return key
}

func newWorld() *world {
	return &world{
		workflow: &machine.Workflow{ID: workflowID}, shadow: &machine.Workflow{ID: workflowID},
		now: epochStart, firstRun: 1, owed: map[taskKey]*workerpb.Task{}, attempts: map[taskKey]string{},
		calls: map[callKey]*machine.Call{}, called: map[string]bool{}, told: map[string][]string{},
	}
}

func (w *world) run() *machine.Run { return w.workflow.Run }

// runs are all runs of the workflow, oldest first.
func (w *world) runs() []*machine.Run {
	if w.run() == nil {
		return w.past
	}
	return append(w.past[:len(w.past):len(w.past)], w.run())
}

func (w *world) input(request proto.Message) machine.Input {
	return machine.Input{
		Retention: retention,
		Namespace: namespace, Request: request, Chain: w.chain, Now: w.now, Epoch: testEpoch,
		RunID: fmt.Sprintf("run-%d", w.firstRun+len(w.runs())), SearchAttributes: w.types, MaxReply: w.maxReply, Limits: w.limits,
	}
}

// decide is one request, with the reply settled. The error is the refusal, recorded or
// not; a fault is what no refusal may do.
func (w *world) decide(request proto.Message) (reply proto.Message, refusal, fault error) {
	before, latest := w.snapshot(), w.run()
	d, err := machine.Decide(w.workflow, w.input(request))
	if err != nil {
		if errors.Is(err, machine.ErrBroken) {
			return nil, nil, err
		}
		if !proto.Equal(before, w.snapshot()) {
			return nil, nil, fmt.Errorf("a refusal changed the state: %w:\n%v\n%v", err, before, w.snapshot())
		}
		return nil, err, nil
	}
	w.warnings = append(w.warnings, d.Warnings...)
	reply, err = w.persist(d, latest)
	return reply, d.Refusal, err
}

func (w *world) snapshot() *recordpb.RunState {
	if w.run() == nil {
		return nil
	}
	return w.run().Snapshot()
}

// persist does with a decision what the shard does: its record first, then the rest.
func (w *world) persist(d machine.Decision, latest *machine.Run) (proto.Message, error) {
	if d.Next != nil {
		if w.run() != d.Next {
			return nil, errors.New("the run that began is not the workflow's latest")
		}
	}
	if d.Record != nil {
		if err := w.keep(d.Record, latest); err != nil {
			return nil, err
		}
	} else if d.Next != nil || d.Refusal != nil {
		return nil, errors.New("a decision that matters has no record")
	}
	if d.Reply != nil {
		if err := w.noteStarted(d.Reply); err != nil {
			return nil, err
		}
		if err := settle(d.Reply); err != nil {
			return nil, err
		}
		if err := w.checkTask(d.Reply); err != nil {
			return nil, err
		}
	}
	w.takeOwed()
	return d.Reply, nil
}

// settle decodes a reply's history, and that of the task in a reply to a completion or a start.
func settle(reply proto.Message) error {
	if began, is := reply.(*workflowservice.StartWorkflowExecutionResponse); is && began.EagerWorkflowTask != nil {
		return api.Settle(began.EagerWorkflowTask)
	}
	if completed, is := reply.(*workflowservice.RespondWorkflowTaskCompletedResponse); is && completed.WorkflowTask != nil {
		return api.Settle(completed.WorkflowTask)
	}
	return api.Settle(reply)
}

// keep persists a record, and what it closed when another run began.
func (w *world) keep(record *recordpb.Record, latest *machine.Run) error {
	encoded, err := proto.Marshal(record)
	if err != nil {
		return err
	}
	w.records = append(w.records, encoded)
	decoded := &recordpb.Record{}
	if err := proto.Unmarshal(encoded, decoded); err != nil {
		return err
	}
	w.notePauses(decoded)
	followed := w.shadow.Run
	began, err := machine.Evolve(w.shadow, decoded)
	if err != nil {
		return fmt.Errorf("evolve: %w", err)
	}
	if len(began) > 1 {
		return fmt.Errorf("one record began %d runs", len(began))
	}
	if err := checkClosing(decoded, latest, w.run()); err != nil {
		return err
	}
	if len(began) == 0 || followed == nil {
		return nil
	}
	w.past = append(w.past, latest)
	return w.sameRun(latest, followed)
}

// checkClosing checks that a record tells the size of the run that it closes, and of no other.
func checkClosing(record *recordpb.Record, runs ...*machine.Run) error {
	for _, part := range record.Runs {
		var size, transitions int64
		for _, run := range runs {
			if run != nil && run.RunID() == part.RunId && !run.Open() {
				info := run.Describe(epochStart).WorkflowExecutionInfo
				size, transitions = info.HistorySizeBytes, info.StateTransitionCount
			}
		}
		if part.HistorySizeBytes != size || part.StateTransitions != transitions {
			return fmt.Errorf("run %s has %d bytes and %d transitions at its end, and its record says %d and %d",
				part.RunId, size, transitions, part.HistorySizeBytes, part.StateTransitions)
		}
	}
	return nil
}

func (w *world) takeOwed() {
	w.takeCalls()
	if w.run() == nil {
		return
	}
	for _, task := range w.run().Owed() {
		w.owed[keyOf(task)] = task
	}
}

// noteStarted takes the tasks that a reply gives to a worker off what is owed.
func (w *world) noteStarted(reply proto.Message) error {
	switch reply := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		return w.startedBy(reply.GetTaskToken())
	case *workflowservice.StartWorkflowExecutionResponse:
		if reply.EagerWorkflowTask != nil {
			return w.startedBy(reply.EagerWorkflowTask.TaskToken)
		}
	case *workflowservice.PollActivityTaskQueueResponse:
		return w.startedBy(reply.GetTaskToken())
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		for _, task := range reply.ActivityTasks {
			if err := w.startedBy(task.TaskToken); err != nil {
				return err
			}
		}
		if reply.WorkflowTask != nil {
			return w.startedBy(reply.WorkflowTask.TaskToken)
		}
	}
	return nil
}

func (w *world) startedBy(encoded []byte) error {
	token := &workerpb.TaskToken{}
	if err := proto.Unmarshal(encoded, token); err != nil {
		return err
	}
	if token.Task.Epoch != testEpoch {
		return fmt.Errorf("a token of epoch %d", token.Task.Epoch)
	}
	key := keyOf(token.Task)
	delete(w.owed, key)
	if key.kind == enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		if by, started := w.attempts[key]; started && by != token.RequestId {
			return fmt.Errorf("attempt %+v started twice", key)
		}
		w.attempts[key] = token.RequestId
	}
	return nil
}

// advance lets time pass: whatever is due on the way happens at its time.
func (w *world) advance(d time.Duration) error {
	end := w.now.Add(d)
	for {
		progress, err := w.dueBefore(end)
		if err != nil {
			return err
		}
		if !progress {
			w.now = end
			return nil
		}
	}
}

// dueBefore lets the next thing happen that is due until end.
func (w *world) dueBefore(end time.Time) (bool, error) {
	if w.run() == nil {
		return false, nil
	}
	due := w.run().NextDue()
	if due.IsZero() || due.After(end) {
		return false, nil
	}
	if due.After(w.now) {
		w.now = due
	}
	_, refusal, err := w.decide(machine.Due)
	if err == nil {
		err = refusal
	}
	if err != nil {
		return false, err
	}
	if again := w.run().NextDue(); !again.IsZero() && !again.After(due) && w.run().RunID() == w.shadow.Run.RunID() {
		return false, fmt.Errorf("what was due at %s is still due at %s: a busy loop", due.Sub(epochStart), again.Sub(epochStart))
	}
	return true, nil
}

// workflowTaskStarted tells whether a worker has the workflow task: soft state that a rebuilt run lacks.
func (w *world) workflowTaskStarted() bool { return isTaskStarted(w.run()) }

func isTaskStarted(r *machine.Run) bool {
	return r != nil && r.Describe(epochStart).GetPendingWorkflowTask().GetState() == enumspb.PENDING_WORKFLOW_TASK_STATE_STARTED
}

// task is the outstanding task of a kind; an activity's by its id, "" for any.
func (w *world) task(kind enumspb.TaskQueueType, activityID string) *workerpb.Task {
	var scheduled int64
	for _, event := range eventsOf(w.run()) {
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil && a.ActivityId == activityID {
			scheduled = event.EventId
		}
	}
	for key, task := range w.owed {
		if key.kind == kind && key.run == w.run().RunID() && (activityID == "" || key.scheduled == scheduled) {
			return task
		}
	}
	return nil
}

// events are the run's events, decoded.
func eventsOf(r *machine.Run) []*historypb.HistoryEvent {
	var encoded [][]byte
	for _, batch := range r.Batches() {
		encoded = append(encoded, batch...)
	}
	events, err := api.DecodeEvents(encoded)
	if err != nil {
		panic(err) // the check of the same test decodes them too
	}
	return events
}

// crash makes a new owner, which knows only what was persisted and queues all that is owed.
func (w *world) crash() error {
	workflow, err := w.evolved()
	if err != nil || workflow.Run == nil {
		w.workflow = workflow
		return err
	}
	w.adopt(workflow.Run)
	return nil
}

// adopt makes a rebuilt run the latest.
func (w *world) adopt(run *machine.Run) {
	w.workflow = &machine.Workflow{ID: w.workflow.ID, Run: run}
	run.Owed()
	for _, task := range run.Outstanding(w.now) {
		w.owed[keyOf(task)] = task
	}
	run.OwedCalls()
	for _, call := range run.Calls() {
		w.calls[callKey{call.RunID, call.Initiated}] = call
	}
}
