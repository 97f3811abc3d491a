package history

import (
	"container/list"
	"time"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
)

// entry is a workflow id of which something is in memory.
type entry struct {
	machine.Workflow
	// rested is where the open run is in OPEN; nil: nowhere.
	rested *resting
	// restedEvent is the last event that is in OPEN.
	restedEvent int64

	// loading says that a helper reads the run or what is known of the id;
	// waiting are the requests that wait for it.
	loading bool
	waiting []*request
	// broken says that the open run's state was thrown away, and is loading.
	broken *brokenRun
	// counted is among which bounded number of loads this one is; nil: it is loaded for a request.
	counted *int
	// known says that Last is all that HISTORY has of the id.
	known bool

	// deleted are runs that HISTORY may still have. While there are any, what it says of the id is not asked: who
	// must know it awaits their removal, and so the entry is loading.
	deleted       []*deletion
	awaitsRemoval bool
	// outdated says that a run was deleted since a helper began to read what is known of the id.
	outdated bool
	// deletedLatest is when the latest run was deleted by this owner.
	deletedLatest time.Time

	// closed are runs that closed and are not in HISTORY yet, oldest first.
	closed []*closedRun
	// recorded is the log sequence of the latest record, unrested that of the
	// oldest record that is not at rest; 0: there is none.
	recorded, unrested uint64
	// writing says that a helper writes the run to rest.
	writing bool
	// doubtful says that OPEN may have messages of the open run that are not known of: it was recovered, or a
	// write there has failed.
	doubtful bool
	// setAside says that what is in OPEN does not fit the run: it is not written there any more.
	setAside bool

	due     dueItem
	touched time.Time
	lru     *list.Element

	readers   []*reader
	queries   []*taskQuery
	gathering gathering
	// updates are requests that wait for an update.
	updates []*updateWaiter
	// calls are calls of its runs to other workflows that are under way.
	calls map[callKey]*calling
	// pins are queries in flight: the entry stays.
	pins int
}

// closedRun is a run on its way to HISTORY.
type closedRun struct {
	run      *machine.Run
	rested   *resting
	unrested uint64 // the oldest of its records that is not at rest
	recorded uint64
	// doubtful says that OPEN may have messages of the run that are not known of.
	doubtful bool
}

// resting is what is kept in memory of an open run that is at rest.
type resting struct {
	runID     string
	sequences []uint64
	// logSequence is up to where in the log the rest is complete.
	logSequence uint64
	owes        bool
	due         dueItem
}

func (r *resting) indexEntry(workflowID string) *recordpb.IndexEntry {
	return &recordpb.IndexEntry{
		WorkflowId: workflowID, RunId: r.runID, RestSequences: r.sequences, LogSequence: r.logSequence,
		DueTime: r.due.at, Owes: r.owes,
	}
}

// isOpen tells whether the entry's open run is that one, in memory or broken.
func (e *entry) isOpen(runID string) bool {
	if e.broken != nil {
		return e.broken.runID == runID
	}
	return e.Run != nil && e.Run.RunID() == runID && e.Run.Open()
}

// startedBy is the StartedBy of the entry's latest run.
func (e *entry) startedBy() string {
	if e.Run == nil {
		return ""
	}
	return e.Run.StartedBy()
}

// refuse answers all that waits for something of the entry.
func (e *entry) refuse(refusal error) {
	for _, r := range e.waiting {
		r.answer(nil, refusal)
	}
	e.refuseQueries(refusal)
	for _, reader := range e.readers {
		reader.unwatch()
		reader.request.answer(nil, refusal)
	}
	for _, w := range e.takeUpdates(func(*updateWaiter) bool { return true }) {
		w.request.answer(nil, refusal)
	}
	e.waiting, e.readers = nil, nil
}

// findRun is the run of that id among those in memory; "" is the latest.
func (e *entry) findRun(runID string) *machine.Run {
	if e.Run != nil && (runID == "" || e.Run.RunID() == runID) {
		return e.Run
	}
	if e.isDeleted(runID) {
		return nil
	}
	if c := e.closedRun(runID); c != nil {
		return c.run
	}
	return nil
}

// closedRun is the run of that id if it is on its way to HISTORY; else nil.
func (e *entry) closedRun(runID string) *closedRun {
	for _, c := range e.closed {
		if c.run.RunID() == runID {
			return c
		}
	}
	return nil
}

// enter makes an entry for a workflow id that has none.
func (l *loop) enter(id string) *entry {
	e := &entry{Workflow: machine.Workflow{ID: id}, touched: time.Now()}
	e.due.workflowID = id
	e.lru = l.lru.PushBack(e)
	l.active[id] = e
	return e
}

func (l *loop) touch(e *entry) {
	e.touched = time.Now()
	l.lru.MoveToBack(e.lru)
}

// leave forgets an entry, which has nothing that is not at rest.
func (l *loop) leave(e *entry) {
	l.due.set(&e.due, 0)
	l.lru.Remove(e.lru)
	delete(l.active, e.ID)
}
