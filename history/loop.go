package history

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/machine"
)

const (
	// turnLimit is how many items one turn decides at most, so that a frame keeps a size.
	turnLimit = 512
	// frameBytes is when a frame is full.
	frameBytes = 768 << 10
	// tick is how often runs are looked for that may go to rest.
	tick = time.Second
)

// loop is the state of a shard that is served, of one goroutine.
type loop struct {
	*shard
	ctx    context.Context
	writer *log.Writer
	// maxReply is how many bytes a reply may have: a message's less room for headers.
	maxReply int

	active map[string]*entry
	lru    *list.List // of *entry, the least recently touched first
	index  map[string]*resting
	due    dueHeap

	inbox  []any // taken from the mailbox
	next   int   // the first of it that was not handled
	frame  frame
	flight []frame // appended, without an outcome, in order
	acked  uint64  // the last sequence that is surely in the log
	pace   pace

	releases [][]release // emptied, to be used again
	tail     nats.Msg    // of the live tail, and told its buffer
	told     []byte

	rest   restState
	check  checkpoint
	look   streamsLook
	broken brokenRuns
	// filter is of the ids that have closed runs.
	filter closedFilter
	owing  []string // at rest, to be loaded since they owe tasks
	// Loads under way: of owing, and of what is due.
	owingLoads, dueLoads int
}

func newLoop(ctx context.Context, sh *shard) *loop {
	return &loop{
		shard: sh, ctx: ctx, active: map[string]*entry{}, lru: list.New(), index: map[string]*resting{},
		maxReply: int(sh.config.Conn.MaxPayload()) - frameOverhead,
		tail:     nats.Msg{Header: nats.Header{api.HeaderRun: {""}}},
	}
}

// run serves until the log fails or the context ends.
func (l *loop) run(ctx context.Context) error {
	timer, armed := time.NewTimer(0), int64(0)
	defer timer.Stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		if err := l.settle(); err != nil {
			return err
		}
		if err := l.turn(); err != nil {
			return err
		}
		wake, due := l.mailbox.Wake(), (<-chan time.Time)(nil)
		if l.congested() {
			wake = nil // an acknowledgement has to come first
		} else {
			if l.next < len(l.inbox) {
				continue
			}
			if first := l.due.first(); first != nil && !l.heldUp(first) {
				if first.at != armed {
					armed = first.at
					timer.Reset(time.Until(time.Unix(0, armed)))
				}
				due = timer.C
			}
		}
		select {
		case reply := <-l.writer.Replies():
			l.writer.Settle(reply)
		case status := <-l.writer.Status():
			l.writer.Lost(status)
		case <-wake:
		case <-due:
			armed = 0
		case now := <-ticker.C:
			l.writer.Expire(now)
			l.restTick()
			l.readBroken()
			l.checkpoint()
			l.lookAtStreams()
			l.buildFilter()
		case <-ctx.Done():
			return l.drain()
		}
	}
}

// turn handles what waits and hands one frame over.
func (l *loop) turn() error {
	if l.congested() {
		return nil
	}
	if err := l.takeItems(); err != nil {
		return err
	}
	if !l.frame.empty() {
		// On busy processors those run first who are about to put something in: it shares the frame.
		runtime.Gosched()
		if err := l.takeItems(); err != nil {
			return err
		}
	}
	l.fireDue()
	if err := l.hand(); err != nil {
		return err
	}
	l.restOpen()
	if l.nextChunk(); l.frame.index != nil {
		return l.hand()
	}
	return nil
}

// takeItems handles what is in the mailbox, up to a bound.
func (l *loop) takeItems() error {
	if l.next == len(l.inbox) {
		l.inbox, l.next = l.mailbox.Take(l.inbox), 0
	}
	for n := 0; n < turnLimit && l.next < len(l.inbox) && !l.frame.full(); n++ {
		item := l.inbox[l.next]
		l.inbox[l.next] = nil
		l.next++
		if err := l.handle(item); err != nil {
			return err
		}
	}
	return nil
}

// congested tells that no more may be decided before a frame is acknowledged.
func (l *loop) congested() bool {
	return l.frame.full() && len(l.flight) >= l.pace.inFlight(l.config.InFlight)
}

// handle does what one item of the mailbox asks for.
func (l *loop) handle(item any) error {
	switch item := item.(type) {
	case *request:
		if item.gone() {
			return nil
		}
		l.request(item)
	case *loaded:
		l.runLoaded(item)
	case *readAgain:
		return l.brokenRead(item)
	case *restWritten:
		return l.openRested(item)
	case *closedWritten:
		return l.closedRested(item)
	case *stickyAnswer:
		return l.stickyAnswered(item)
	case *refused:
		l.answerSurely(item.request, nil, item.err)
	case *gathered:
		l.gathered(item)
	case *overdue:
		l.overdue(item)
	case *queryDone:
		l.queryDone(item)
	case *cutDone:
		return l.cutDone(item)
	case *filterBuilt:
		l.filterRead(item)
	case *looked:
		return l.streamsLookedAt(item)
	case requeue:
		l.requeueAll()
	case nothing:
	default:
		return fmt.Errorf("shard %s: an item of type %T: this is a mistake of the program", l.name(), item)
	}
	return nil
}

// fireDue lets happen what is due, a bounded number at a time.
func (l *loop) fireDue() {
	now := time.Now().UnixNano()
	for n := 0; n < turnLimit && !l.frame.full(); n++ {
		first := l.due.first()
		if first == nil || first.at > now || l.heldUp(first) {
			return
		}
		id := first.workflowID
		l.due.set(first, 0)
		e := l.active[id]
		if e == nil && l.index[id] == nil {
			continue
		}
		if e == nil {
			e = l.enter(id)
			e.counted = &l.dueLoads
			l.dueLoads++
		}
		if l.index[id] != nil && !e.loading {
			l.load(e)
		}
		if e.loading {
			continue // its time is set again when it is there
		}
		l.decide(e, nil)
	}
}

// heldUp is true for a run at rest while as many are read back as may be at a time: very many may
// become due at once, as after a pause. The next one that is read wakes the loop.
func (l *loop) heldUp(first *dueItem) bool {
	return l.dueLoads >= mostLoads && l.active[first.workflowID] == nil && l.index[first.workflowID] != nil
}

func (l *loop) input() machine.Input {
	return machine.Input{Namespace: l.namespace, Now: time.Now(), RunID: uuid.NewString(), Epoch: l.writer.Epoch(), MaxReply: l.maxReply}
}

// decide carries out a request on an entry that is loaded; nil stands for what is due.
func (l *loop) decide(e *entry, r *request) {
	in := l.input()
	in.Request = machine.Due
	if r != nil {
		in.Request = r.call.Request
	}
	before := latest(e)
	d, err := machine.Decide(&e.Workflow, in)
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
	l.commit(e, before, d)
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

// commit adds what was decided to the frame, and what it leads to behind it.
func (l *loop) commit(e *entry, before runBefore, d machine.Decision) {
	l.write(e, before, d.Record)
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
	l.frame.release = append(l.frame.release, release{tail: record})
}

// after is what every change of a run leads to.
func (l *loop) after(e *entry) {
	l.arm(e)
	l.wakeReaders(e)
	l.wakeQueries(e)
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

// closing puts a run that has closed on its way to HISTORY.
func (l *loop) closing(e *entry, run *machine.Run, seq uint64) {
	unrested := e.unrested
	if unrested == 0 {
		unrested = seq
	}
	c := &closedRun{run: run, rested: e.rested, unrested: unrested, recorded: seq}
	e.closed = append(e.closed, c)
	l.filter.add(e.ID)
	l.rest.closed = append(l.rest.closed, closedOf{e, c})
	e.rested, e.restedEvent, e.unrested, e.setAside = nil, 0, 0, false
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

// drain lets the frames in flight end and hands the shard out.
func (l *loop) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for len(l.flight) > 0 || !l.frame.empty() {
		if err := l.hand(); err != nil {
			return err
		}
		if len(l.flight) == 0 {
			break
		}
		if err := l.acknowledged(l.writer.Await(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// drainTime is how long a stop waits for the frames in flight.
const drainTime = 5 * time.Second

// close answers whoever still waits and ends the writer. cause is why the loop ended; nil at the service's will.
func (l *loop) close(cause error) {
	refusal := interrupted(cause)
	l.writer.Close()
	l.frame.refuse(refusal)
	for _, f := range l.flight {
		f.refuse(refusal)
	}
	for _, item := range l.inbox[l.next:] {
		if r, ok := item.(*request); ok {
			r.answer(nil, refusal)
		}
	}
	for _, e := range l.active {
		e.refuse(refusal)
	}
}
