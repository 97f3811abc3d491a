package history

import (
	"container/list"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
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
			l.noteState()
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
	return l.frame.full() && l.enoughInFlight()
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
	case *fetched:
		l.fetched(item)
	case *removedClosed:
		l.closedRemoved(item)
	case *stickyAnswer:
		return l.stickyAnswered(item)
	case *refused:
		l.answerSurely(item.request, nil, item.err)
	case *gathered, *held, *overdue, *callAgain:
		l.timeIsUp(item)
	case *called:
		l.called(item)
	case *queryDone:
		l.queryDone(item)
	case *cutDone:
		return l.cutDone(item)
	case *filterBuilt:
		l.filterRead(item)
	case *looked:
		return l.streamsLookedAt(item)
	case *marking:
		l.marked(item)
	case requeue:
		l.requeueAll()
	case nothing:
	case error:
		return item
	default:
		return fmt.Errorf("shard %s: an item of type %T: this is a mistake of the program", l.name(), item)
	}
	return nil
}

// timeIsUp goes on with what has waited for a time.
func (l *loop) timeIsUp(item any) {
	switch item := item.(type) {
	case *gathered:
		l.gathered(item)
	case *held:
		l.goOnHeld(item)
	case *overdue:
		l.overdue(item)
	case *callAgain:
		l.callAgain(item)
	}
}
