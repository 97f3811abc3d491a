package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
	"github.com/perdure/perdure/history/rest"
)

// loadTimeout bounds one reading of a run at rest.
const loadTimeout = 10 * time.Second

// loaded is what a helper has read for an entry.
type loaded struct {
	id   string
	run  *rest.Run
	last *recordpb.Summary
	err  error
}

// load has a helper read the open run from OPEN or, where there is none, what HISTORY
// knows of the id. Nothing is read, and nothing loading, where that is surely nothing.
func (l *loop) load(e *entry) {
	r := l.index[e.ID]
	if r == nil && len(e.deleted) > 0 {
		e.loading, e.awaitsRemoval = true, true
		return
	}
	if r == nil && l.filter.never(e.ID) {
		e.Last, e.known = nil, true
		return
	}
	e.loading, e.outdated = true, false
	if r != nil {
		l.due.set(&r.due, 0)
	}
	id := e.ID
	l.help(func() any {
		ctx, cancel := context.WithTimeout(l.ctx, loadTimeout)
		defer cancel()
		if r != nil {
			l.statistics.openLoads.Add(1)
			run, err := l.store.ReadOpen(ctx, id, r.runID, r.sequences)
			return &loaded{id: id, run: run, err: err}
		}
		l.statistics.closedLoads.Add(1)
		last, err := l.store.LastClosed(ctx, id)
		return &loaded{id: id, last: last, err: err}
	})
}

// wait lets a request wait until the entry is loaded.
func (l *loop) wait(e *entry, r *request) {
	l.watch(r.ctx, e)
	e.waiting = append(e.waiting, r)
}

// runLoaded goes on with the requests that waited.
func (l *loop) runLoaded(got *loaded) {
	e := l.active[got.id]
	if e == nil || !e.loading {
		return
	}
	e.loading = false
	if e.counted != nil {
		*e.counted--
		e.counted = nil
	}
	defer l.loadOwing()
	if err := l.adopt(e, got); err != nil {
		l.loadFailed(e, err)
		return
	}
	l.goOn(e)
}

// goOn serves the requests that waited until the entry was loaded.
func (l *loop) goOn(e *entry) {
	waiting := e.waiting
	e.waiting = nil
	for i, r := range waiting {
		if e.loading {
			e.waiting = append(e.waiting, waiting[i:]...)
			return
		}
		if !r.gone() {
			l.serve(e, r)
		}
	}
	l.after(e)
}

// adopt makes what was read the entry's.
func (l *loop) adopt(e *entry, got *loaded) error {
	if got.err != nil {
		return got.err
	}
	if got.run == nil {
		if !e.outdated {
			e.Last, e.known = got.last, true
		}
		return nil
	}
	r := l.index[e.ID]
	run, err := machine.Restore(got.run.State, got.run.Batches)
	if err != nil {
		return fmt.Errorf("%w: %w", rest.ErrCorrupt, err)
	}
	e.Run, e.rested, e.restedEvent = run, r, run.LastEventID()
	delete(l.index, e.ID)
	if r.owes {
		for _, task := range run.Outstanding(time.Now()) {
			l.queueLater(e, task)
		}
		l.callAnew(e)
	}
	return nil
}

// loadFailed answers the requests. A run that cannot be read harms no other:
// it stays at rest and is tried again with the next request, or when it is due.
func (l *loop) loadFailed(e *entry, err error) {
	l.logger.Error().Err(err).Str("workflow", e.ID).Msg("a run at rest could not be read")
	for _, r := range e.waiting { // an earlier owner may not find what a later one has replaced
		l.answerSurely(r, nil, unread(fmt.Sprintf("reading workflow %q from its rest", e.ID), err))
	}
	e.waiting = nil
	if r := l.index[e.ID]; r != nil {
		l.due.set(&r.due, time.Now().Add(retryLoad).UnixNano())
	}
	if len(e.closed) == 0 && len(e.deleted) == 0 && len(e.calls) == 0 && e.pins == 0 {
		l.leave(e)
	}
}

// unread is the error of what could not be read at rest: DataLoss if it is damaged, and Unavailable if it may be read another time.
func unread(doing string, err error) error {
	if errors.Is(err, rest.ErrGone) || errors.Is(err, rest.ErrCorrupt) {
		return serviceerror.NewDataLoss(fmt.Sprintf("%s: %v", doing, err))
	}
	return serviceerror.NewUnavailable(fmt.Sprintf("%s: %v", doing, err))
}

// retryLoad is when a run that could not be read is tried again.
const retryLoad = 10 * time.Second
