package history

import (
	"context"
	"errors"
	"slices"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/history/machine"
)

// updateWaiter is a request that waits for an update to reach a stage.
type updateWaiter struct {
	request *request
	run     *machine.Run
	// reply says how far the update had come when it was admitted.
	reply proto.Message
	// unwatch lets the request's context end unnoticed.
	unwatch func() bool
}

func (w *updateWaiter) updateID() string { return machine.UpdateID(w.request.call.Request, w.reply) }

// updates tells the requests that ask for an update, or find one.
func updates(request proto.Message) bool {
	switch request.(type) {
	case *workflowservice.UpdateWorkflowExecutionRequest, *workflowservice.ExecuteMultiOperationRequest:
		return true
	}
	return false
}

// readsUpdate tells the requests that may find an update of a run and change nothing.
func readsUpdate(request proto.Message) bool {
	switch request.(type) {
	case *workflowservice.UpdateWorkflowExecutionRequest, *workflowservice.PollWorkflowExecutionUpdateRequest:
		return true
	}
	return false
}

// update admits an update, and has its request wait until it has come far enough. An update of a closed run changes nothing: it may be
// one that the run had.
func (l *loop) update(e *entry, r *request) {
	_, alone := r.call.Request.(*workflowservice.UpdateWorkflowExecutionRequest)
	runID := runIDOf(r.call.Request)
	open := e.Run != nil && e.Run.Open() && (runID == "" || runID == e.Run.RunID())
	if known := e.Run != nil || e.Last != nil; alone && known && !open {
		l.read(e, r)
		return
	}
	if !alone && e.Run == nil && e.Last != nil {
		l.updateAtRest(e, r)
		return
	}
	l.decide(e, r)
}

// updateAtRest answers with the update if the latest run, which HISTORY has, has completed it. Else the request is a start as any.
func (l *loop) updateAtRest(e *entry, r *request) {
	id, runID := e.ID, e.Last.RunId
	l.fetch(e, r, func(ctx context.Context) func(*entry) {
		reading, done := context.WithTimeout(ctx, loadTimeout)
		defer done()
		var found *workflowservice.ExecuteMultiOperationResponse
		run, err := l.closedRun(reading, id, runID)
		if err == nil {
			found, err = run.FindUpdateWithStart(r.call.Request.(*workflowservice.ExecuteMultiOperationRequest))
		}
		return func(e *entry) { l.updateFound(e, r, found, err) }
	})
}

func (l *loop) updateFound(e *entry, r *request, found *workflowservice.ExecuteMultiOperationResponse, err error) {
	var missing *serviceerror.NotFound // its retention is over
	switch {
	case err != nil && !errors.As(err, &missing):
		l.answerSurely(r, nil, err)
	case found != nil:
		l.answerSurely(r, found, nil)
	case e.loading:
		l.wait(e, r)
	case e.Run != nil:
		l.serve(e, r)
	default:
		l.decide(e, r)
	}
}

// awaitUpdate answers a request about an update of a run, now or when the update has come as far as it wants. The
// reply says how far it is.
func (l *loop) awaitUpdate(e *entry, run *machine.Run, r *request, reply proto.Message) {
	if l.answerUpdate(run, r, reply) {
		return
	}
	w := &updateWaiter{request: r, run: run, reply: reply}
	w.unwatch = l.watch(r.ctx, e)
	e.updates = append(e.updates, w)
}

// answerUpdate answers if the update has come far enough, or is gone.
func (l *loop) answerUpdate(run *machine.Run, r *request, reply proto.Message) bool {
	enough, err := run.UpdateProgress(r.call.Request, reply)
	switch {
	case err != nil:
		l.answerSurely(r, nil, machine.UpdateError(r.call.Request, reply, err))
	case enough:
		l.answerSurely(r, reply, nil)
	}
	return err != nil || enough
}

// endUpdates goes on with updates that ended and that no history tells of: those that were rejected, or that no worker has
// accepted when their run closed.
func (l *loop) endUpdates(e *entry, run *machine.Run) {
	if run == nil {
		return
	}
	for _, end := range run.EndedUpdates() {
		ended := e.takeUpdates(func(w *updateWaiter) bool { return w.run == run && w.updateID() == end.ID })
		for _, w := range ended {
			switch asked := w.request.call.Request; {
			case end.IsAskedAgain(asked, w.reply):
				l.mailbox.Put(w.request)
			case end.Err != nil:
				l.answerSurely(w.request, nil, machine.UpdateError(asked, w.reply, end.Err))
			default:
				machine.EndProgress(w.reply, end.Outcome)
				l.answerSurely(w.request, w.reply, nil)
			}
		}
	}
}

// takeUpdates takes waiting requests out of the entry.
func (e *entry) takeUpdates(of func(*updateWaiter) bool) []*updateWaiter {
	var taken []*updateWaiter
	e.updates = slices.DeleteFunc(e.updates, func(w *updateWaiter) bool {
		is := of(w)
		if is {
			w.unwatch()
			taken = append(taken, w)
		}
		return is
	})
	return taken
}

// wakeUpdates answers those whose update has come far enough.
func (l *loop) wakeUpdates(e *entry) {
	if len(e.updates) == 0 {
		return
	}
	e.takeUpdates(func(w *updateWaiter) bool { return l.answerUpdate(w.run, w.request, w.reply) })
}

// overdueUpdates answers those that have waited long enough with how far their update is: they ask again.
func (l *loop) overdueUpdates(e *entry) {
	for _, w := range e.takeUpdates(func(w *updateWaiter) bool { return w.request.ctx.Err() != nil }) {
		_, err := w.run.UpdateProgress(w.request.call.Request, w.reply)
		if err != nil {
			err = machine.UpdateError(w.request.call.Request, w.reply, err)
		}
		l.answerSurely(w.request, w.reply, err)
	}
}
