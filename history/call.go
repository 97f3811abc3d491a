package history

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/history/machine"
)

// Workflows call each other through the shards that they are of: a call is a request to the other's shard, made
// once the record that it comes of is acknowledged, and its answer is a request to the caller's. What is not answered
// when an owner ends, the next one calls again.

const (
	callTimeout     = 10 * time.Second
	firstCallWait   = 100 * time.Millisecond
	longestCallWait = 10 * time.Second
)

// callKey is what makes a call of an entry one: what a run calls for one of its events goes one after the other.
type callKey struct {
	runID     string
	initiated int64
}

func keyOf(call *machine.Call) callKey { return callKey{call.RunID, call.Initiated} }

// calling is a call that is under way.
type calling struct {
	entry *entry
	call  *machine.Call
	// next is to be called behind it: the policy of a child whose start has no answer yet.
	next *machine.Call
	// wait is how long it waits before it is made again.
	wait time.Duration
}

// called is the answer to a call.
type called struct {
	*calling
	reply proto.Message
	err   error
}

// callAgain is when a call that could not be answered is made again.
type callAgain struct{ *calling }

// callOwed makes the calls that a record has made due: of the run that it is about, and of one that it closed.
func (l *loop) callOwed(e *entry, before runBefore) {
	if before.run != nil && before.run != e.Run {
		l.callAll(e, before.run.OwedCalls())
	}
	if e.Run != nil {
		l.callAll(e, e.Run.OwedCalls())
	}
}

// callAnew makes all calls of the entry's runs that have no answer, as a new owner does.
func (l *loop) callAnew(e *entry) {
	for _, c := range e.closed {
		c.run.OwedCalls()
		l.callAll(e, c.run.Calls())
	}
	if e.Run != nil {
		e.Run.OwedCalls()
		l.callAll(e, e.Run.Calls())
	}
}

func (l *loop) callAll(e *entry, calls []*machine.Call) {
	for _, call := range calls {
		l.callLater(e, call)
	}
}

// callLater makes a call behind all that was decided so far.
func (l *loop) callLater(e *entry, call *machine.Call) {
	key := keyOf(call)
	if under := e.calls[key]; under != nil {
		if proto.MessageName(call.Request) != proto.MessageName(under.call.Request) {
			under.next = call
		}
		return
	}
	if e.calls == nil {
		e.calls = map[callKey]*calling{}
	}
	c := &calling{entry: e, call: call, wait: firstCallWait}
	e.calls[key] = c
	l.later(release{send: func() { l.make(c) }})
}

// make sends the call to the other workflow's shard.
func (l *loop) make(c *calling) {
	ctx, cancel := context.WithTimeout(l.ctx, callTimeout)
	l.execute(ctx, api.Call{Namespace: l.namespace, Request: c.call.Request}, func(reply proto.Message, err error) {
		cancel()
		l.mailbox.Put(&called{c, reply, err})
	})
}

// underWay tells whether the call is one of this loop's that has no answer yet.
func (l *loop) underWay(c *calling) bool {
	return l.active[c.entry.ID] == c.entry && c.entry.calls[keyOf(c.call)] == c
}

// called goes on with what became of a call.
func (l *loop) called(a *called) {
	c := a.calling
	if !l.underWay(c) {
		return
	}
	outcome, again := machine.Outcome(c.call, a.reply, a.err)
	if again && c.next == nil {
		l.troubles.Warn().Err(a.err).Str("workflow", c.entry.ID).Msg("a call to another workflow is made again")
		time.AfterFunc(c.wait, func() { l.mailbox.Put(&callAgain{c}) })
		c.wait = min(2*c.wait, longestCallWait)
		return
	}
	delete(c.entry.calls, keyOf(c.call))
	if c.next != nil { // the run has closed meanwhile
		l.callLater(c.entry, c.next)
		return
	}
	if machine.FailsForGood(a.err) {
		l.logger.Error().Err(a.err).Str("workflow", c.entry.ID).Str("run", c.call.RunID).Int64("event", c.call.Initiated).
			Msg("a call to another workflow has failed and is not made again: an open workflow sees the failure; of one that has closed, its parent or child does not hear: terminate or reset that one if it waits")
	}
	if closed := c.entry.closedRun(c.call.RunID); closed != nil {
		closed.run.Answered(c.call.Initiated)
		return
	}
	l.request(&request{
		ctx: l.ctx, workflowID: c.entry.ID, call: api.Call{Namespace: l.namespace, Request: outcome}, done: func(proto.Message, error) {},
	})
}

// callAgain makes a call again that could not be answered, unless the answer has come by another way: a child's
// end tells of its start.
func (l *loop) callAgain(again *callAgain) {
	c := again.calling
	switch {
	case !l.underWay(c):
	case c.next == nil && c.entry.isAnswered(c.call):
		delete(c.entry.calls, keyOf(c.call))
	default:
		l.make(c)
	}
}

// isAnswered tells whether a run in memory owes a call no longer.
func (e *entry) isAnswered(call *machine.Call) bool {
	run := e.findRun(call.RunID)
	return run != nil && run.Call(call.Initiated) == nil
}

// childOf is the closed run, on its way to HISTORY, that was begun as that parent's child; else nil.
func (e *entry) childOf(parent *callpb.Caller) *machine.Run {
	for _, c := range e.closed {
		if c.run.IsChildOf(parent) {
			return c.run
		}
	}
	return nil
}
