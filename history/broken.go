package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
)

// brokenRun is an open run whose state in memory was thrown away, since a decision failed in the
// middle of changing it. Requests wait until it is read again from its rest and the log.
type brokenRun struct {
	entry *entry
	runID string
	// notBefore is when that is tried again, once it has failed.
	notBefore time.Time
}

// brokenRuns are those of a shard.
type brokenRuns struct {
	waiting []*brokenRun
	reading bool
}

// readAgain is what a helper has read of broken runs.
type readAgain struct {
	runs []*rereading
	// err is why the log could not be read, for all of them.
	err error
}

// rereading is how one broken run is read. The entry is the loop's: a helper does not touch it.
type rereading struct {
	*brokenRun
	rested []uint64 // its sequences in OPEN; none: it is not there
	// Records behind through are not at rest; the oldest is at or behind from, 0: there is none.
	through, from uint64

	workflow machine.Workflow
	err      error
}

// rereadTimeout bounds one reading.
const rereadTimeout = time.Minute

// throwAway is for a decision that failed when it had changed the state (machine.ErrBroken): a fault of
// the program. Nothing of it is in a frame. What it has changed, which is nothing of a run that was closed before,
// is forgotten, and the shard goes on.
func (l *loop) throwAway(e *entry, before runBefore, r *request, cause error) {
	l.logger.Error().Err(cause).Str("workflow", e.ID).
		Msg("a decision failed in the middle: this is a fault of perdure: report it. Nothing of it was kept, and the workflow goes on without it; if it cannot, terminate it")
	l.answerLater(r, nil, serviceerror.NewInternal(fmt.Sprintf(
		"workflow %q: the request failed by a fault of perdure, and nothing of it was kept: do not repeat it, and report what the server's log says; if the workflow cannot go on, terminate it: %v", e.ID, cause)))
	e.Run, e.Last, e.known = before.run, nil, false
	if !before.open {
		return
	}
	e.refuse(interrupted(cause))
	e.broken = &brokenRun{entry: e, runID: before.run.RunID()}
	e.Run, e.loading, e.gathering = nil, true, gathering{}
	l.due.set(&e.due, 0)
	l.broken.waiting = append(l.broken.waiting, e.broken)
}

// readBroken has a helper read broken runs again, all those at once of which no record is in flight. At
// each tick, at most: requests that break runs again and again must not have the log read all the time.
func (l *loop) readBroken() {
	if l.broken.reading || len(l.broken.waiting) == 0 {
		return
	}
	var runs []*rereading
	kept := l.broken.waiting[:0]
	for _, b := range l.broken.waiting {
		if e := b.entry; e.writing || e.recorded > l.acked || time.Now().Before(b.notBefore) {
			kept = append(kept, b)
			continue
		}
		runs = append(runs, b.rereading())
	}
	clear(l.broken.waiting[len(kept):])
	l.broken.waiting = kept
	if len(runs) == 0 {
		return
	}
	l.broken.reading = true
	begin, epoch := l.writer.Begin(), l.writer.Epoch()
	l.help(func() any {
		ctx, cancel := context.WithTimeout(l.ctx, rereadTimeout)
		defer cancel()
		return &readAgain{runs, l.readAgain(ctx, runs, begin, epoch)}
	})
}

func (b *brokenRun) rereading() *rereading {
	e := b.entry
	r := &rereading{brokenRun: b, from: e.unrested, workflow: machine.Workflow{ID: e.ID}}
	if e.rested != nil {
		r.rested, r.through = e.rested.sequences, e.rested.logSequence
	}
	return r
}

// readAgain reads runs from OPEN and, in one reading of the log, the records behind their rests. The
// present epoch begins at begin.
func (sh *shard) readAgain(ctx context.Context, runs []*rereading, begin, epoch uint64) error {
	behind, from := map[string]*rereading{}, uint64(0)
	for _, r := range runs {
		if len(r.rested) > 0 {
			r.workflow.Run, r.err = sh.bring(ctx, r.workflow.ID, r.runID, r.rested)
		}
		if r.err != nil || r.from == 0 {
			continue
		}
		behind[r.runID] = r
		if from == 0 || r.from < from {
			from = r.from
		}
	}
	if from == 0 {
		return nil
	}
	if from < begin {
		epoch = 0 // an earlier one
	}
	_, err := sh.log.Read(ctx, from, epoch, func(sequence uint64, frame *recordpb.Frame) error {
		for _, record := range frame.GetRecords().GetRecords() {
			for _, part := range record.Runs {
				r := behind[part.RunId]
				if r == nil || sequence <= r.through {
					continue
				}
				if err := machine.EvolveRun(&r.workflow, part, record.Time); err != nil {
					return fmt.Errorf("frame %d: %w: %w", sequence, errUnfit, err)
				}
			}
		}
		return nil
	})
	return err
}

// brokenRead goes on with the runs. Where the log is not what it was, the recovery judges.
func (l *loop) brokenRead(got *readAgain) error {
	l.broken.reading = false
	if got.err != nil && fatal(got.err) {
		return readAgainFor(got.err)
	}
	for _, r := range got.runs {
		if r.err == nil {
			r.err = got.err
		}
		if r.err == nil && (r.workflow.Run == nil || !r.workflow.Run.Open()) {
			r.err = errors.New("its records are not in the log")
		}
		if r.err != nil {
			l.stillBroken(r)
			continue
		}
		l.mended(r)
	}
	return nil
}

// stillBroken refuses the requests that wait. It harms no other run.
func (l *loop) stillBroken(r *rereading) {
	l.logger.Error().Err(r.err).Str("workflow", r.entry.ID).Msg("a workflow whose state was thrown away could not be read; it is tried again")
	r.entry.refuse(serviceerror.NewUnavailable(fmt.Sprintf("reading workflow %q again: %v", r.entry.ID, r.err)))
	r.notBefore = time.Now().Add(retryLoad)
	l.broken.waiting = append(l.broken.waiting, r.brokenRun)
}

// mended goes on with a run as a new owner does. What is due may be what broke it: it waits for a while.
func (l *loop) mended(r *rereading) {
	e := r.entry
	e.Run, e.broken, e.loading = r.workflow.Run, nil, false
	e.Run.Owed()
	for _, task := range e.Run.Outstanding(time.Now()) {
		l.queueLater(e, task)
	}
	l.callAnew(e)
	l.goOn(e)
	if e.due.at != 0 {
		l.due.set(&e.due, max(e.due.at, time.Now().Add(retryLoad).UnixNano()))
	}
}
