package history

import (
	"context"
	"time"

	"github.com/perdure/perdure/history/rest"
)

const (
	// restBatch is how many open runs one helper writes, and closedBatch how many closed ones.
	restBatch   = 400
	closedBatch = 2000
	// restScan is how many entries one look for idle runs passes at most.
	restScan = 20000
	// busyTicks is after how many ticks runs that stay busy are looked for, if not earlier by
	// how the log grows.
	busyTicks    = 5
	writeTimeout = 30 * time.Second
)

// restState is what the loop knows of runs on their way to rest.
type restState struct {
	closed        []closedOf // on their way to HISTORY, in order of closing
	writingClosed bool
	writingOpen   bool
	// wanted says that open runs are to be looked for that may rest, and busy that
	// those that stay busy are among them.
	wanted, busy bool
	ticks        int
	age          logAge
	// looked is how much log was written when busy runs were looked for.
	looked uint64
	// removals are what HISTORY or a whole rewrite has made needless in OPEN: to be
	// removed once an index is durable that does not name it.
	removals []removal
	// deletions are not done yet; removing says that a helper is about some of them.
	deletions []*deletion
	removing  bool
}

type removal struct {
	workflowID, runID string
	sequences         []uint64
	whole             bool
}

// openWrite is an open run that a helper writes, as it was when it was handed over.
type openWrite struct {
	entry     *entry
	run       rest.Run
	recorded  uint64
	lastEvent int64
	replaces  []uint64
}

type restWritten struct {
	writes  []openWrite
	results []rest.Result
}

// restTick has closed runs written, and open ones looked for that may rest: those that nothing has
// touched for a while, and from time to time those that stay busy.
func (l *loop) restTick() {
	l.writeClosed()
	l.removeDeleted()
	r := &l.rest
	written := l.check.written()
	r.age.pass(logMark{l.writer.Last(), time.Now(), written}, l.config.RestBusy, l.config.RestBytes)
	r.ticks++
	if r.ticks%busyTicks == 0 || written-r.looked >= l.config.RestBytes/4 {
		r.busy, r.looked = true, written
	}
	r.wanted = !r.writingOpen
}

// restOpen writes open runs to OPEN, if that is wanted. Its place is where all that was decided is in
// frames that were handed over: the runs are written as they are now, complete up to the last of
// these, and not before it is acknowledged. So a run rests that always has a record in flight.
func (l *loop) restOpen() {
	if !l.rest.wanted || l.rest.writingOpen || !l.frame.empty() {
		return
	}
	l.rest.wanted = false
	var writes []openWrite
	if l.rest.busy {
		writes = l.restBusy(writes)
		l.rest.busy = len(writes) == restBatch
	}
	l.writeOpen(l.restIdle(writes))
}

// restIdle forgets runs that nothing has touched for a while and that are at rest, and adds those that
// are not.
func (l *loop) restIdle(writes []openWrite) []openWrite {
	idleBefore := time.Now().Add(-l.config.RestAfter)
	scanned := 0
	for element := l.lru.Front(); element != nil && scanned < restScan && len(writes) < restBatch; scanned++ {
		e := element.Value.(*entry)
		element = element.Next()
		if e.touched.After(idleBefore) {
			break
		}
		writes = l.restOne(e, writes)
	}
	return writes
}

// restOne forgets an idle entry if all of it is at rest, or adds it to what is to be written.
func (l *loop) restOne(e *entry, writes []openWrite) []openWrite {
	switch {
	case e.writing:
	case !e.idle(), e.Run != nil && e.Run.Busy(), e.setAside:
		l.touch(e) // it is in use, and must not stand before those that may rest
	case e.Run == nil || !e.Run.Open():
		l.leave(e)
	case e.unrested == 0:
		l.forget(e)
	default:
		writes = append(writes, l.openWrite(e))
	}
	return writes
}

// idle tells that nobody waits for anything of the entry.
func (e *entry) idle() bool {
	return !e.loading && !e.gathering.waits && !e.writing && e.pins == 0 && len(e.waiting) == 0 && len(e.readers) == 0 && len(e.queries) == 0 && len(e.closed) == 0 &&
		len(e.calls) == 0 && len(e.updates) == 0 && len(e.deleted) == 0 && time.Since(e.deletedLatest) >= rememberDeletion
}

// restBusy adds runs whose oldest record that is not at rest is old: it holds the log back.
func (l *loop) restBusy(writes []openWrite) []openWrite {
	for _, e := range l.active {
		if len(writes) == restBatch {
			break
		}
		if e.unrested == 0 || e.unrested > l.rest.age.old || e.Run == nil || !e.Run.Open() {
			continue
		}
		// A later run of an id never rests before an earlier one.
		if !e.loading && !e.writing && !e.setAside && len(e.closed) == 0 {
			writes = append(writes, l.openWrite(e))
		}
	}
	return writes
}

func (l *loop) openWrite(e *entry) openWrite {
	e.writing = true
	w := openWrite{entry: e, recorded: e.recorded, lastEvent: e.Run.LastEventID()}
	from := e.restedEvent
	var sequences []uint64
	if e.rested != nil {
		sequences = e.rested.sequences
		if len(sequences) >= rest.MaxSequences {
			from, w.replaces = 0, sequences
		}
	}
	w.run = rest.Run{
		WorkflowID: e.ID, RunID: e.Run.RunID(), FirstEventID: from + 1, Batches: e.Run.BatchesAfter(from),
		State: e.Run.Snapshot(), Summary: e.Run.Summary(), LogSequence: l.writer.Last(), Sequences: sequences,
	}
	return w
}

// writeOpen has a helper write the runs behind all frames in flight.
func (l *loop) writeOpen(writes []openWrite) {
	if len(writes) == 0 {
		return
	}
	l.rest.writingOpen = true
	write := func() any {
		ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
		defer cancel()
		runs := make([]rest.Run, len(writes))
		for i, w := range writes {
			runs[i] = w.run
		}
		return &restWritten{writes, l.store.WriteOpen(ctx, runs)}
	}
	l.later(release{send: func() { l.help(write) }})
}

// openRested notes where the runs are at rest now, and forgets those that are still idle.
func (l *loop) openRested(w *restWritten) error {
	l.rest.writingOpen = false
	var passing restFailures
	for i, write := range w.writes {
		e, result := write.entry, w.results[i]
		e.writing = false
		if l.active[e.ID] != e {
			continue
		}
		if result.Err != nil {
			l.touch(e) // it must not stand before others each time
			setAside, err := l.restFailed(e.ID, result.Err, &passing)
			if err != nil {
				return err
			}
			e.setAside = setAside && e.isOpen(write.run.RunID)
			l.doubt(e, write.run.RunID)
			continue
		}
		if write.replaces != nil {
			l.rest.removals = append(l.rest.removals, removal{e.ID, write.run.RunID, write.replaces, false})
		}
		l.noteRest(e, write, result.Sequences)
	}
	passing.log(l, "open runs were not written to rest; they are tried again")
	l.rest.wanted = l.rest.wanted || len(w.writes) == restBatch && passing.count == 0 // there may be more
	return nil
}

// doubt notes that OPEN may have messages of the run that are not known of.
func (l *loop) doubt(e *entry, runID string) {
	switch c := e.closedRun(runID); {
	case e.isOpen(runID):
		e.doubtful = true
	case c != nil:
		c.doubtful = true
	default: // it is in HISTORY already
		l.rest.removals = append(l.rest.removals, removal{workflowID: e.ID, runID: runID, whole: true})
	}
}

func (l *loop) noteRest(e *entry, write openWrite, sequences []uint64) {
	at := &resting{runID: write.run.RunID, sequences: sequences, logSequence: write.run.LogSequence}
	at.due.workflowID = e.ID
	if !e.isOpen(write.run.RunID) {
		if c := e.closedRun(write.run.RunID); c != nil {
			c.rested = at
			return
		}
		// It is in HISTORY already.
		l.rest.removals = append(l.rest.removals, removal{e.ID, write.run.RunID, sequences, true})
		return
	}
	e.rested, e.restedEvent, e.doubtful = at, write.lastEvent, false
	if e.recorded != write.recorded {
		e.unrested = write.run.LogSequence + 1
		return
	}
	e.unrested = 0
	if e.idle() && !e.Run.Busy() && time.Since(e.touched) >= l.config.RestAfter {
		l.forget(e)
	}
}

// forget leaves of an open run that is at rest its place in the index.
func (l *loop) forget(e *entry) {
	r := e.rested
	r.owes = e.Run.Owes()
	at := e.due.at
	l.leave(e)
	l.index[e.ID] = r
	l.due.set(&r.due, at)
}
