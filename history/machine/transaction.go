package machine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api/recordpb"
)

// ErrBroken is an error after the first change of a transaction: a fault of
// this package. The run's state is to be thrown away and rebuilt.
var ErrBroken = errors.New("the run's state is broken")

func brokenBy(err error) error { return fmt.Errorf("%w: %w", ErrBroken, err) }

// transaction writes one record: each change is added to it and applied to the
// state at once.
type transaction struct {
	workflow *Workflow
	run      *Run // the latest run, or the one that began
	in       Input
	now      int64

	record *recordpb.Record
	of     *recordpb.RunRecord // the run's part of the record
	next   *Run
	broken error
	// refusal is the error to answer although something is recorded.
	refusal error
	// taskWanted says that a command made an event that the workflow is to see.
	taskWanted bool
	// canceled are the ends of activities that commands canceled before they were started: flushed with what was buffered.
	canceled []*historypb.HistoryEvent
	// gather is the decision's.
	gather bool
	moment *timestamppb.Timestamp // of now, once it is needed
	// userMetadata and links are those of the start event to write.
	userMetadata *sdkpb.UserMetadata
	links        []*commonpb.Link
	// warnings are the decision's; size and events are what the history had at the beginning.
	warnings     []Warning
	size, events int64
}

func newTransaction(w *Workflow, in Input) *transaction {
	t := &transaction{workflow: w, run: w.Run, in: in, now: in.Now.UnixNano()}
	if t.run != nil {
		t.now = max(t.now, t.run.lastTime)
		t.size, t.events = t.run.size, t.run.lastEvent
	}
	return t
}

func (t *transaction) written() bool { return t.record != nil }

// finish closes the batches of events that the transaction wrote.
func (t *transaction) finish() *recordpb.Record {
	if t.record != nil {
		t.endRun()
	}
	return t.record
}

// endRun does for a run's part of the record what Evolve does at its end, and tells projections what became of
// a run that closed.
func (t *transaction) endRun() {
	told := t.run.pauseInfo
	if t.run.buildsChanged {
		t.of.Builds = t.run.builds
	}
	t.run.endBatch(t.now)
	if !slices.Equal(told, t.run.pauseInfo) {
		t.of.PauseInfo = &recordpb.PauseInfo{Entries: t.run.pauseInfo}
	}
	if !t.run.Open() {
		t.of.HistorySizeBytes, t.of.StateTransitions = t.run.size, t.run.transitions
	}
}

// begin makes the transaction write a new run from here on.
func (t *transaction) begin(requestID string) {
	t.beginWith(&recordpb.RunBegun{CreateRequestId: requestID})
}

func (t *transaction) beginWith(begun *recordpb.RunBegun) {
	if t.of != nil {
		t.endRun()
	}
	t.next = newRun(t.workflow.ID, t.in.RunID)
	t.run, t.of = t.next, nil
	t.workflow.Run, t.workflow.Last = t.next, nil
	t.change(&recordpb.Change{Change: &recordpb.Change_RunBegun{RunBegun: begun}})
}

// change adds a change that is not an event.
func (t *transaction) change(c *recordpb.Change) {
	t.write(c, nil)
}

// usualChanges is how many changes most records have at most.
const usualChanges = 6

func (t *transaction) write(c *recordpb.Change, event *historypb.HistoryEvent) {
	if t.record == nil {
		t.record = &recordpb.Record{WorkflowId: t.workflow.ID, Time: t.now}
	}
	if t.of == nil {
		t.of = &recordpb.RunRecord{RunId: t.run.runID, Changes: make([]*recordpb.Change, 0, usualChanges)}
		t.record.Runs = append(t.record.Runs, t.of)
	}
	t.of.Changes = append(t.of.Changes, c)
	if err := t.run.apply(c, event, t.now); err != nil && t.broken == nil {
		t.broken = err
	}
}

// append adds an event to the history and returns its id.
func (t *transaction) append(event *historypb.HistoryEvent) int64 {
	if _, closes := closeStatus[event.EventType]; !closes {
		t.commitSpeculative()
	}
	return t.appendAt(event, t.now)
}

// appendAt is append for an event that happened before it is written, as the start of a task.
func (t *transaction) appendAt(event *historypb.HistoryEvent, at int64) int64 {
	event.EventId = t.run.nextEvent()
	if event.EventTime == nil {
		event.EventTime = t.timestamp(at)
	}
	t.write(&recordpb.Change{Change: &recordpb.Change_Event{Event: t.encode(event)}}, event)
	return event.EventId
}

// arrive adds events that came from outside: while a workflow task is
// started they are buffered, so that what its worker saw stays true; else they make
// a workflow task needed.
func (t *transaction) arrive(events ...*historypb.HistoryEvent) {
	if t.run.buffersForNone() {
		t.flush()
	}
	if t.run.taskStarted != nil || len(t.run.buffered) > 0 {
		for _, event := range events {
			if event.EventTime == nil {
				event.EventTime = t.timestamp(t.now)
			}
			t.write(&recordpb.Change{Change: &recordpb.Change_Buffered{Buffered: t.encode(event)}}, event)
		}
		t.boundBuffer()
		return
	}
	for i, event := range events {
		linkStarted(event, events[:i])
		t.append(event)
	}
	t.needWorkflowTask()
}

func (t *transaction) encode(event *historypb.HistoryEvent) []byte {
	encoded, err := proto.Marshal(event)
	if err != nil && t.broken == nil {
		t.broken = fmt.Errorf("encoding event %s: %w", event.EventType, err)
	}
	return encoded
}

// timestamp is shared by the events of one moment.
func (t *transaction) timestamp(at int64) *timestamppb.Timestamp {
	if at != t.now {
		return timestamp(at)
	}
	if t.moment == nil {
		t.moment = timestamp(at)
	}
	return t.moment
}

func timestamp(nanos int64) *timestamppb.Timestamp {
	return &timestamppb.Timestamp{Seconds: nanos / int64(time.Second), Nanos: int32(nanos % int64(time.Second))}
}
