package history

import (
	"context"

	"github.com/perdure/perdure/history/machine"
	"github.com/perdure/perdure/history/rest"
)

// closedOf is a closed run and where it is kept.
type closedOf struct {
	entry *entry
	run   *closedRun
}

// closedWritten is what became of a write to HISTORY.
type closedWritten struct {
	writes  []closedOf
	results []rest.Result
}

// closing puts a run that has closed on its way to HISTORY.
func (l *loop) closing(e *entry, run *machine.Run, seq uint64) {
	unrested := e.unrested
	if unrested == 0 {
		unrested = seq
	}
	c := &closedRun{run: run, rested: e.rested, unrested: unrested, recorded: seq, doubtful: e.doubtful}
	e.closed = append(e.closed, c)
	l.filter.add(e.ID)
	l.rest.closed = append(l.rest.closed, closedOf{e, c})
	e.rested, e.restedEvent, e.unrested, e.doubtful, e.setAside = nil, 0, 0, false, false
}

// writeClosed hands closed runs to a helper, in the order in which they closed.
func (l *loop) writeClosed() {
	if l.rest.writingClosed || len(l.rest.closed) == 0 {
		return
	}
	writes := l.closedToWrite()
	if len(writes) == 0 {
		return
	}
	l.rest.writingClosed = true
	sequence := l.acked
	l.help(func() any {
		ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
		defer cancel()
		runs := make([]rest.Run, len(writes))
		for i, c := range writes {
			runs[i] = rest.Run{
				WorkflowID: c.entry.ID, RunID: c.run.run.RunID(), FirstEventID: 1, Batches: c.run.run.BatchesAfter(0),
				State: c.run.run.Snapshot(), Summary: c.run.run.Summary(), LogSequence: sequence,
			}
		}
		return &closedWritten{writes, l.store.WriteClosed(ctx, runs)}
	})
}

// closedToWrite are closed runs that are to be in HISTORY now. One that owes calls to other workflows waits, and so do
// later runs of its id: in HISTORY nobody would know that it does.
func (l *loop) closedToWrite() []closedOf {
	var writes []closedOf
	waiting := map[*entry]bool{}
	for _, c := range l.rest.closed {
		switch {
		case c.run.recorded > l.acked, len(writes) == closedBatch:
			return writes
		case waiting[c.entry], c.run.run.OwesCalls():
			waiting[c.entry] = true
		default:
			writes = append(writes, c)
		}
	}
	return writes
}

// closedRested forgets the runs that HISTORY has. What failed keeps its place.
func (l *loop) closedRested(w *closedWritten) error {
	l.rest.writingClosed = false
	tried := make(map[*closedRun]bool, len(w.writes))
	var passing restFailures
	for i, c := range w.writes {
		if err := w.results[i].Err; err != nil {
			setAside, err := l.restFailed(c.entry.ID, err, &passing)
			if err != nil {
				return err
			}
			tried[c.run] = setAside
			continue
		}
		tried[c.run] = true
		l.archived(c)
	}
	passing.log(l, "closed runs were not written to HISTORY; they are tried again")
	l.rest.forgetClosed(tried)
	if passing.count == 0 && len(w.writes) == closedBatch {
		l.writeClosed()
	}
	l.removeDeleted()
	return nil
}

// forgetClosed takes those out that are done; false: it was tried, and is not. They are near the front, and what is behind the last of them
// may be a million others, which it does not look at.
func (r *restState) forgetClosed(tried map[*closedRun]bool) {
	kept, left := r.closed[:0], len(tried)
	for i, c := range r.closed {
		if left == 0 {
			kept = append(kept, r.closed[i:]...)
			break
		}
		done, was := tried[c.run]
		if was {
			left--
		}
		if !done {
			kept = append(kept, c)
		}
	}
	clear(r.closed[len(kept):])
	r.closed = kept
}

// archived forgets a closed run but for what a later start of its id must know.
func (l *loop) archived(c closedOf) {
	e := c.entry
	for i, closed := range e.closed {
		if closed == c.run {
			e.closed = append(e.closed[:i], e.closed[i+1:]...)
			break
		}
	}
	if c.run.rested == nil && !c.run.doubtful {
		return
	}
	r := removal{workflowID: e.ID, runID: c.run.run.RunID(), whole: true}
	if c.run.rested != nil {
		r.sequences = c.run.rested.sequences
	}
	l.rest.removals = append(l.rest.removals, r)
}
