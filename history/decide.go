package history

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
)

func (l *loop) input() machine.Input {
	types := l.config.Namespaces.SearchAttributes(l.namespace)
	if types == nil {
		types = api.SearchAttributeTypes{} // none is not "not checked"
	}
	return machine.Input{
		Namespace: l.namespace, Now: time.Now(), RunID: uuid.NewString(), Epoch: l.writer.Epoch(), MaxReply: l.maxReply, SearchAttributes: types,
		Retention: l.config.Namespaces.Retention(l.namespace), Limits: l.config.Namespaces.Limits(l.namespace),
	}
}

// decide carries out a request on an entry that is loaded; nil stands for what is due.
func (l *loop) decide(e *entry, r *request) {
	in := l.input()
	in.Request = machine.Due
	if r != nil {
		in.Request = r.call.Request
	}
	l.decideWith(e, r, in)
}

func (l *loop) decideWith(e *entry, r *request, in machine.Input) {
	before, started := latest(e), e.startedBy()
	d, err := l.survive(machine.Decide, e, in)
	if errors.Is(err, machine.ErrBroken) {
		l.throwAway(e, before, r, err)
		return
	}
	if err != nil {
		if ownersWord(err) {
			l.ensure()
		}
		l.answerLater(r, nil, err)
		return
	}
	l.warn(e, d.Warnings)
	l.commit(e, before, in.Request, d)
	l.attachQueries(e, started, d.Reply)
	if r != nil && d.Refusal == nil && updates(r.call.Request) {
		l.awaitUpdate(e, e.Run, r, d.Reply)
		l.after(e)
		return
	}
	if d.Record == nil && r != nil && !startsWorkflowTask(r) {
		l.ensure()
	}
	if d.Refusal != nil {
		l.answerLater(r, nil, d.Refusal)
	} else {
		l.answerLater(r, d.Reply, nil)
	}
	l.after(e)
}

// survive makes a panic of the machine, a fault of the program, one of the run alone.
func (l *loop) survive(decide func(*machine.Workflow, machine.Input) (machine.Decision, error), e *entry, in machine.Input) (d machine.Decision, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %w", machine.ErrBroken, l.panicked(r))
		}
	}()
	return decide(&e.Workflow, in)
}

// commit adds what was decided to the frame, and what it leads to behind it. Queries are answered before the next
// task is sent: it must not take them along.
func (l *loop) commit(e *entry, before runBefore, request proto.Message, d machine.Decision) {
	l.write(e, before, d.Record)
	l.releaseHeld(e)
	l.callOwed(e, before)
	l.endUpdates(e, before.run)
	if e.Run != before.run {
		l.endUpdates(e, e.Run)
	}
	if completion, is := request.(*workflowservice.RespondWorkflowTaskCompletedRequest); is && d.Refusal == nil {
		l.answerAttached(e, completion)
	}
	if e.Run == nil {
		return
	}
	if d.Gather {
		e.gathering.signaled = time.Now()
	}
	for _, task := range e.Run.Owed() {
		if !d.Gather || !l.gather(e, task) {
			l.queueLater(e, task)
		}
	}
	if !d.Gather && d.Record != nil {
		l.endGathering(e) // what came is more than a signal
	}
}

// write adds a record, if there is one, to the frame.
func (l *loop) write(e *entry, before runBefore, record *recordpb.Record) {
	if record == nil {
		return
	}
	l.frame.add(record)
	l.record(e, before, l.writer.Last()+1)
	l.deletedIn(e, record)
	l.frame.release = append(l.frame.release, release{tail: record})
}

// after is what every change of a run leads to.
func (l *loop) after(e *entry) {
	l.arm(e)
	l.wakeReaders(e)
	l.wakeQueries(e)
	l.wakeUpdates(e)
	l.touch(e)
}

// runBefore is an entry's latest run as it was before a record.
type runBefore struct {
	run  *machine.Run
	open bool
}

func latest(e *entry) runBefore { return runBefore{e.Run, e.Run != nil && e.Run.Open()} }

// record notes which sequence of the log the entry's latest record has; of a
// frame to come it is the least that it may have.
func (l *loop) record(e *entry, before runBefore, seq uint64) {
	if before.open && !before.run.Open() {
		l.closing(e, before.run, seq)
	}
	e.recorded = seq
	switch {
	case e.Run.Open() && e.unrested == 0:
		e.unrested = seq
	case !e.Run.Open() && e.Run != before.run:
		l.closing(e, e.Run, seq)
	}
}

// arm sets when something of the run is due next.
func (l *loop) arm(e *entry) {
	var at int64
	if e.Run != nil {
		if next := e.Run.NextDue(); !next.IsZero() {
			at = max(next.UnixNano(), 1)
		}
	}
	l.due.set(&e.due, at)
}
