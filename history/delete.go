package history

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
)

const (
	// deleteBatch is how many deleted runs one helper removes from HISTORY.
	deleteBatch = 500
	// rememberDeletion is for how long a repeated request to delete a workflow's latest run is known as
	// such: it must not delete the run before.
	rememberDeletion = 30 * time.Second
)

// deletion is a deleted run that HISTORY may still have, or get. Its record keeps the log from being cut, so that
// every owner goes on with it until the run is gone.
type deletion struct {
	entry *entry
	runID string
	// sequence is its record's in the log; of a frame to come it is the least that it may have.
	sequence uint64
}

// removedClosed is what became of removals from HISTORY.
type removedClosed struct {
	deletions []*deletion
	errs      []error
}

// delete deletes a run: an open one is terminated first. Acknowledged, nothing is known of it any more.
func (l *loop) delete(e *entry, r *request) {
	runID := runIDOf(r.call.Request)
	run := e.findRun(runID)
	switch {
	case run != nil && run.Open():
		l.decide(e, r)
	case run != nil:
		l.deleteClosed(e, r, run.RunID())
	case runID == "" && time.Since(e.deletedLatest) < rememberDeletion:
		l.answerSurely(r, &workflowservice.DeleteWorkflowExecutionResponse{}, nil)
	case e.Last != nil && (runID == "" || runID == e.Last.RunId):
		l.deleteClosed(e, r, e.Last.RunId)
	case runID == "":
		l.answerSurely(r, nil, machine.UnknownWorkflow(e.ID))
	default:
		l.findClosed(e, r, runID)
	}
}

// findClosed has a helper look whether HISTORY has the run that is to be deleted.
func (l *loop) findClosed(e *entry, r *request, runID string) {
	id := e.ID
	l.fetch(e, r, func(ctx context.Context) func(*entry) {
		found, err := l.store.HasClosed(ctx, id, runID)
		return func(e *entry) { l.deleteFound(e, r, runID, found, err) }
	})
}

func (l *loop) deleteFound(e *entry, r *request, runID string, found bool, err error) {
	switch {
	case err != nil:
		r.answer(nil, serviceerror.NewUnavailablef("reading the history of workflow %q: %v", e.ID, err))
	case e.isDeleted(runID):
		l.answerSurely(r, &workflowservice.DeleteWorkflowExecutionResponse{}, nil)
	case !found:
		l.answerSurely(r, nil, machine.UnknownWorkflow(e.ID))
	default:
		l.deleteClosed(e, r, runID)
	}
}

// deleteClosed records that a closed run is deleted.
func (l *loop) deleteClosed(e *entry, r *request, runID string) {
	l.frame.add(machine.Deletion(e.ID, runID, time.Now()))
	l.deleted(e, runID)
	l.answerLater(r, &workflowservice.DeleteWorkflowExecutionResponse{}, nil)
	l.touch(e)
}

// deletedIn goes on with what a record of this frame deletes.
func (l *loop) deletedIn(e *entry, record *recordpb.Record) {
	for _, part := range record.Runs {
		if part.Deleted {
			l.deleted(e, part.RunId)
		}
	}
}

// deleted forgets a run, and has it removed once this frame is acknowledged.
func (l *loop) deleted(e *entry, runID string) {
	if e.forgetDeleted(runID) {
		e.deletedLatest = time.Now()
		e.refuseQueries(machine.UnknownWorkflow(e.ID))
	}
	l.rest.delete(e, runID, l.writer.Last()+1)
	l.later(release{send: func() {
		l.writeClosed()
		l.removeDeleted()
	}})
}

// delete keeps a deleted run in mind until it is removed.
func (r *restState) delete(e *entry, runID string, sequence uint64) {
	d := &deletion{e, runID, sequence}
	e.deleted = append(e.deleted, d)
	r.deletions = append(r.deletions, d)
}

// forgetDeleted forgets a deleted run, and tells whether it was the latest. What HISTORY says is the latest then
// is not known before the deleted one is removed from it.
func (e *entry) forgetDeleted(runID string) (latest bool) {
	e.outdated = true
	if e.Run != nil && e.Run.RunID() != runID {
		return false
	}
	latest = e.Run != nil || e.Last.GetRunId() == runID
	e.Run, e.Last, e.known, e.gathering = nil, nil, false, gathering{}
	return latest
}

func (e *entry) isDeleted(runID string) bool {
	return runID != "" && slices.ContainsFunc(e.deleted, func(d *deletion) bool { return d.runID == runID })
}

func (e *entry) refuseQueries(refusal error) {
	for _, q := range e.queries {
		q.stop()
		q.answer(nil, refusal)
	}
	e.queries = nil
}

// aboutDeleted answers a request that names a deleted run; false: it names none.
func (l *loop) aboutDeleted(e *entry, r *request) bool {
	runID := readRunID(r.call.Request)
	if r.task != nil {
		runID = r.task.RunId
	}
	if _, tells := r.call.Request.(*callpb.ChildClosedRequest); tells || !e.isDeleted(runID) {
		return false // a child's end is also for the run that a reset has begun with the deleted one's history
	}
	if _, again := r.call.Request.(*workflowservice.DeleteWorkflowExecutionRequest); again {
		l.answerSurely(r, &workflowservice.DeleteWorkflowExecutionResponse{}, nil)
	} else {
		l.answerSurely(r, nil, machine.UnknownWorkflow(e.ID))
	}
	return true
}

// removeDeleted has a helper remove deleted runs from HISTORY.
func (l *loop) removeDeleted() {
	if l.rest.removing {
		return
	}
	ready := l.removable()
	if len(ready) == 0 {
		return
	}
	l.rest.removing = true
	l.help(func() any {
		ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
		defer cancel()
		removed := &removedClosed{ready, make([]error, len(ready))}
		for i, d := range ready {
			removed.errs[i] = l.store.RemoveClosed(ctx, d.entry.ID, d.runID)
			if i < len(ready)-1 {
				l.pauseRemoval()
			}
		}
		return removed
	})
}

// removable are the runs to remove next, those first whose workflow is asked for: of many it takes minutes. One that is on
// its way to HISTORY is removed when it has arrived.
func (l *loop) removable() []*deletion {
	var awaited, others []*deletion
	for _, d := range l.rest.deletions {
		switch {
		case d.sequence > l.acked || d.entry.closedRun(d.runID) != nil:
		case d.entry.awaitsRemoval:
			awaited = append(awaited, d)
		case len(others) < deleteBatch:
			others = append(others, d)
		}
	}
	all := append(awaited, others...)
	return all[:min(len(all), deleteBatch)]
}

// pauseRemoval lets writes go between two removals.
func (l *loop) pauseRemoval() {
	select {
	case <-l.ctx.Done():
	case <-time.After(removePace):
	}
}

// closedRemoved forgets the deletions that are done. What failed is tried again at the next tick.
func (l *loop) closedRemoved(removed *removedClosed) {
	l.rest.removing = false
	var passing restFailures
	done := map[*deletion]bool{}
	for i, d := range removed.deletions {
		if err := removed.errs[i]; err != nil {
			passing.add(err)
			continue
		}
		done[d] = true
	}
	passing.log(l, "deleted runs were not removed from HISTORY; they are tried again, and nobody is shown them")
	isDone := func(d *deletion) bool { return done[d] }
	l.rest.deletions = slices.DeleteFunc(l.rest.deletions, isDone)
	for d := range done {
		e := d.entry
		e.deleted = slices.DeleteFunc(e.deleted, isDone)
		if len(e.deleted) == 0 && e.awaitsRemoval {
			l.loadAgain(e)
		}
	}
	if passing.count == 0 {
		l.removeDeleted()
	}
}

// loadAgain finds out what HISTORY has of the id, now that nothing in it is deleted.
func (l *loop) loadAgain(e *entry) {
	e.awaitsRemoval, e.loading = false, false
	if l.load(e); !e.loading {
		l.goOn(e)
	}
}
