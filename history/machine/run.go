package machine

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

// Workflow is what the machine knows of one workflow id.
type Workflow struct {
	ID string
	// Run is the latest run while it is in memory, open or closed; nil otherwise.
	Run *Run
	// Last is the latest closed run when Run is nil; nil when there is none.
	Last *recordpb.Summary
}

// Run is the state of one run. It is owned by one goroutine.
type Run struct {
	workflowID, runID string

	// batches are the encoded events as they were written; event ids count on
	// from 1 across them. A page of history never splits one.
	batches   [][][]byte
	lastEvent int64
	size      int64
	// openBatch says that the current transaction has begun its batch.
	openBatch bool

	start     *historypb.WorkflowExecutionStartedEventAttributes
	startTime int64

	status    enumspb.WorkflowExecutionStatus
	closeTime int64
	lastTime  int64
	createdBy string
	// resetBy is the request id of the reset that began the run, and reset how; nil: none has. former are the runs that its
	// events are of, while it begins.
	resetBy string
	reset   *recordpb.Reset
	former  []string
	// replaced says that a reset closes the run, in the record that does.
	replaced *recordpb.ReplacedByReset

	task         *recordpb.WorkflowTask
	taskAttempt  int32
	taskStarted  *startedTask
	lastStarted  int64
	lastComplete int64
	lastReply    *completionReply
	inBackoff    bool
	sticky       *recordpb.Sticky

	activities  map[int64]*activity
	activityIDs map[string]int64
	timers      map[string]*recordpb.Timer
	// children are pending, by the event that asked for each; externals are the events of what was sent to other
	// workflows and has no outcome.
	children  map[int64]*child
	updates   map[string]*recordpb.Update
	externals map[int64]*historypb.HistoryEvent
	buffered  []*historypb.HistoryEvent
	// bufferedSize is the bytes of these, encoded.
	bufferedSize int
	requestIDs   map[string]struct{}
	// attached are the starts that were attached to the run.
	attached []*recordpb.AttachedRequest

	cancelRequested bool
	// pause is that somebody has paused the run; nil: nobody has.
	pause *recordpb.Pause
	// pausesBuffered are how many events in the buffer paused the run or let it go on: they took effect when they came.
	pausesBuffered int
	// pausedActivities counts those of activities, and pauseInfo is what TemporalPauseInfo is after the last record.
	pausedActivities int
	pauseInfo        []string
	transitions      int64

	// memo and searchAttributes are those of the start with what the workflow has set. They are never changed,
	// but replaced.
	memo             *commonpb.Memo
	searchAttributes *commonpb.SearchAttributes
	// priority is the start's, or what it was given since.
	priority *commonpb.Priority
	// startMetadata is the start event's user metadata.
	startMetadata *sdkpb.UserMetadata
	resetPoints   *workflowpb.ResetPoints
	// builds are those of the run's workers; buildsChanged says that this record changes them.
	builds        *recordpb.Builds
	buildsChanged bool

	// counted is how many signals were found in the events so far; soft.
	counted signalCount
	// owed are tasks that became due in a transaction and were not yet taken.
	owed []*workerpb.Task
	// called are the events of the calls that became due and were not yet taken.
	called []int64
	// asked are the updates that no worker has accepted, in the order in which they were admitted, and updatesEnded the ends of
	// some that were not taken yet. speculation is when a workflow task for them alone was scheduled, in Unix nanoseconds; 0: the task is
	// another. All of this is soft.
	asked        []*askedUpdate
	updatesEnded []UpdateEnd
	speculation  int64
	// closeAttempted says that the last workflow task would have closed the run, but for events that came meanwhile.
	closeAttempted bool
	// farewells are the calls of a closed run without an answer: soft, since its last event tells them again.
	farewells map[int64]proto.Message
}

// startedTask is soft state: who works on the workflow task. It is lost with
// the owner; the task's token tells a new one enough to accept the outcome.
type startedTask struct {
	requestID string
	identity  string
	time      int64
	scheduled int64
	started   int64
	size      int64
	timeout   time.Duration
	reply     proto.Message
	// suggested are the reasons for which continue-as-new was suggested.
	suggested []enumspb.SuggestContinueAsNewReason
}

// completionReply lets a repeated completion have the answer of the first.
type completionReply struct {
	requestID string
	started   int64
	reply     proto.Message
}

type activity struct {
	*recordpb.Activity
	// scheduled are the attributes of the scheduled event with the options that were set since; original without.
	scheduled, original *historypb.ActivityTaskScheduledEventAttributes
}

// WorkflowID is the run's workflow id.
func (r *Run) WorkflowID() string { return r.workflowID }

// RunID is the run's id.
func (r *Run) RunID() string { return r.runID }

// Open tells whether the run has not closed yet.
func (r *Run) Open() bool { return isOpen(r.status) }

func isOpen(status enumspb.WorkflowExecutionStatus) bool {
	return status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING || status == enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED
}

// Status is the run's status.
func (r *Run) Status() enumspb.WorkflowExecutionStatus { return r.status }

// LastEventID is the id of the last event.
func (r *Run) LastEventID() int64 { return r.lastEvent }

// Batches are the encoded events in batches as they were written. The caller must not change them.
func (r *Run) Batches() [][][]byte { return r.batches }

// Size is the bytes of all encoded events.
func (r *Run) Size() int64 { return r.size }

// Busy tells whether the run must stay in memory: it has soft state that a
// load from its rest would not bring back.
func (r *Run) Busy() bool {
	return r.taskStarted != nil || len(r.owed)+len(r.called)+len(r.asked) > 0 || r.isSpeculative()
}

// TaskPending tells whether a workflow task is scheduled or started: a query waits for it.
func (r *Run) TaskPending() bool { return r.task != nil || r.inBackoff }

// Sticky is the worker that holds the run in its cache, and the run's queue; "" for none.
func (r *Run) Sticky() (queue, worker string) {
	return r.start.GetTaskQueue().GetName(), r.sticky.GetWorker()
}

// ClearSticky forgets the worker that holds the run in its cache, until it
// says so again. It is not recorded: a new owner finds out in the same way.
func (r *Run) ClearSticky() { r.sticky = nil }

// Summary is what is worth knowing of the run without its history.
func (r *Run) Summary() *recordpb.Summary {
	return &recordpb.Summary{
		WorkflowId: r.workflowID, RunId: r.runID, Status: r.status,
		StartTime: r.beganAt(), CloseTime: r.closeTime,
		WorkflowType: r.start.GetWorkflowType().GetName(), CreateRequestId: r.createdBy, AttachedRequestIds: r.attachedIDs(),
		FirstRunId: r.start.GetFirstExecutionRunId(), ResetRequestId: r.reset.GetRequestId(),
	}
}

func (r *Run) execution() *commonpb.WorkflowExecution { return executionOf(r.workflowID, r.runID) }

func executionOf(workflowID, runID string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: runID}
}

func (r *Run) nextEvent() int64 { return r.lastEvent + 1 }

// eventBytes is the encoded event of an id.
func (r *Run) eventBytes(id int64) []byte {
	for _, batch := range r.batches {
		if id <= int64(len(batch)) {
			return batch[id-1]
		}
		id -= int64(len(batch))
	}
	return nil
}

// BatchesAfter are the batches behind an event that ends one, to be kept: they share the
// encoded events, which never change.
func (r *Run) BatchesAfter(event int64) []*recordpb.Batch {
	var batches []*recordpb.Batch
	for _, batch := range r.batches {
		if event >= int64(len(batch)) {
			event -= int64(len(batch))
			continue
		}
		batches = append(batches, &recordpb.Batch{Events: batch[event:]})
		event = 0
	}
	return batches
}
