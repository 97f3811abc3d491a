package history

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/machine"
	"github.com/perdure/perdure/history/rest"
)

// reader is a request for history that waits for new events, or for the close.
type reader struct {
	request *request
	query   *workflowservice.GetWorkflowExecutionHistoryRequest
	run     *machine.Run
	// unwatch lets the request's context end unnoticed.
	unwatch func() bool
}

// overdue is when a reader, a query or another request that waits in an entry has waited long enough.
type overdue struct{ id string }

// read answers what changes nothing: from memory, or for a closed run from HISTORY.
func (l *loop) read(e *entry, r *request) {
	runID := readRunID(r.call.Request)
	run := e.findRun(runID)
	if run == nil {
		l.readClosed(e, r, runID)
		return
	}
	if r.call.QueueToken != "" && api.Token(run.Queue()) != r.call.QueueToken {
		l.answerLater(r, nil, serviceerror.NewPermissionDenied("the workflow is not of the task queue that the request came by", ""))
		return
	}
	if q, ok := r.call.Request.(*workflowservice.QueryWorkflowRequest); ok {
		l.query(e, run, r, q)
		return
	}
	reply, err := readRun(run, r.call.Request)
	if err == nil && readsUpdate(r.call.Request) {
		l.awaitUpdate(e, run, r, reply)
		return
	}
	if err == nil && reply == nil {
		l.await(e, run, r)
		return
	}
	l.answerSurely(r, reply, err)
}

// readRunID is the run to read: that of the page token where there is one.
func readRunID(request proto.Message) string {
	type paged interface{ GetNextPageToken() []byte }
	if q, ok := request.(paged); ok {
		if token, err := machine.PageToken(q.GetNextPageToken()); err == nil && token != nil {
			return token.RunId
		}
	}
	if q, ok := request.(*workflowservice.QueryWorkflowRequest); ok {
		return q.GetExecution().GetRunId()
	}
	return runIDOf(request)
}

// readRun is the answer; nil when it is to wait.
func readRun(run *machine.Run, request proto.Message) (proto.Message, error) {
	switch q := request.(type) {
	case *workflowservice.PollWorkflowExecutionUpdateRequest, *workflowservice.UpdateWorkflowExecutionRequest:
		return run.FindUpdate(request)
	case *workflowservice.DescribeWorkflowExecutionRequest:
		return run.Describe(time.Now()), nil
	case *workflowservice.GetWorkflowExecutionHistoryReverseRequest:
		return orNil(run.ReadHistoryReverse(q))
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		return orNil(run.ReadHistory(q))
	}
	return nil, api.NotImplemented(string(request.ProtoReflect().Descriptor().Name()))
}

// orNil keeps a nil pointer from becoming an interface that is not nil.
func orNil[T any, M interface {
	*T
	proto.Message
}](reply M, err error) (proto.Message, error) {
	if reply == nil {
		return nil, err
	}
	return reply, err
}

// await lets a reader wait for the run's next events.
func (l *loop) await(e *entry, run *machine.Run, r *request) {
	reader := &reader{request: r, query: r.call.Request.(*workflowservice.GetWorkflowExecutionHistoryRequest), run: run}
	reader.unwatch = l.watch(r.ctx, e)
	e.readers = append(e.readers, reader)
}

// watch has the loop told when the context of what waits in an entry is over.
func (l *loop) watch(over context.Context, e *entry) (unwatch func() bool) {
	item := &overdue{e.ID}
	return context.AfterFunc(over, func() { l.mailbox.Put(item) })
}

func (l *loop) overdue(o *overdue) {
	e := l.active[o.id]
	if e == nil {
		return
	}
	l.overdueQueries(e)
	l.overdueUpdates(e)
	e.waiting = slices.DeleteFunc(e.waiting, (*request).gone)
	e.readers = slices.DeleteFunc(e.readers, func(reader *reader) bool {
		over := reader.request.ctx.Err() != nil
		if over {
			l.answerLater(reader.request, reader.run.WaitedHistory(reader.query), nil)
		}
		return over
	})
}

// wakeReaders answers those whose wait is over.
func (l *loop) wakeReaders(e *entry) {
	kept := e.readers[:0]
	for _, reader := range e.readers {
		reply, err := reader.run.ReadHistory(reader.query)
		if err == nil && reply == nil {
			kept = append(kept, reader)
			continue
		}
		reader.unwatch()
		l.answerLater(reader.request, reply, err)
	}
	clear(e.readers[len(kept):])
	e.readers = kept
}

// readClosed has a helper read a run that is not in memory from HISTORY, and answer.
func (l *loop) readClosed(e *entry, r *request, runID string) {
	if runID == "" && e.known && e.Last == nil {
		l.answerSurely(r, nil, machine.UnknownWorkflow(e.ID))
		return
	}
	id := e.ID
	l.help(func() any {
		ctx, cancel := l.during(r.ctx)
		defer cancel()
		reading, done := context.WithTimeout(ctx, loadTimeout)
		defer done()
		run, err := l.closedRun(reading, id, runID)
		if err != nil {
			return &refused{r, err}
		}
		if r.call.QueueToken != "" && api.Token(run.Queue()) != r.call.QueueToken {
			r.answer(nil, serviceerror.NewPermissionDenied("the workflow is not of the task queue that the request came by", ""))
			return nothing{}
		}
		if q, ok := r.call.Request.(*workflowservice.QueryWorkflowRequest); ok {
			reply, err := l.askClosed(ctx, run, q)
			r.answer(reply, l.orRetry(err))
			return nothing{}
		}
		r.answer(readRun(run, r.call.Request))
		return nothing{}
	})
}

// during is the context of what a helper does for a request: it ends with the loop, too.
func (l *loop) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// orRetry is the error of what a helper has done, or that the loop has ended meanwhile.
func (l *loop) orRetry(err error) error {
	if err != nil && l.ctx.Err() != nil {
		return interrupted(nil)
	}
	return err
}

// refused is a request that a helper cannot serve: whether there is no such run is the owner's to say.
type refused struct {
	request *request
	err     error
}

// nothing is a helper's answer when the loop needs none.
type nothing struct{}

func (sh *shard) closedRun(ctx context.Context, id, runID string) (*machine.Run, error) {
	sh.statistics.closedLoads.Add(1)
	stored, err := sh.store.ReadClosed(ctx, id, runID)
	if err != nil {
		return nil, unread(fmt.Sprintf("reading the history of workflow %q", id), err)
	}
	if stored == nil {
		return nil, machine.UnknownWorkflow(id)
	}
	run, err := machine.Restore(stored.State, stored.Batches)
	if err != nil {
		return nil, unread(fmt.Sprintf("reading the history of workflow %q", id), fmt.Errorf("%w: %w", rest.ErrCorrupt, err))
	}
	return run, nil
}
