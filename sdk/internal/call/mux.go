package call

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// errLost ends the wait for an answer when the connection was lost and is back: the answer
// went to the old one.
var errLost = errors.New("the connection was lost before the answer came")

// mux gives each answer to the request that waits for it. One wildcard subscription is there for all
// answers. It does what a request of nats.go does, for less: a request takes a slot that was used before, with
// its subject, channel and timer, where nats.go makes a subject and a context for each. A small set of
// subjects also stays in nats-server's cache of who is to get a message, where
// a subject that was never seen is looked up and added to it.
//
// No answer may reach another request than its own. So a slot gets a new subject when its request
// gave up, since the answer may still come, and when an answer comes that nobody waits for. Beyond that the
// service is trusted to answer a request once.
type mux struct {
	conn    *nats.Conn
	outbox  outbox
	answers *nats.Subscription
	prefix  string // of the slots' subjects

	mu    sync.Mutex // guards what follows, and every slot's waiting, subject and known
	known error      // the connection's last error when it was last looked at
	deaf  deaf
	slots []*slot // as many as there ever were requests at once
	free  []*slot // the one used last is the first to be used again
}

// slot is a subject for an answer and who waits for it: the owner, who took it.
type slot struct {
	number   int    // its place in mux.slots
	renewals int    // how many subjects it has had
	subject  string // mux.prefix, number, "-", renewals
	waiting  bool   // for an outcome: the owner's, until it comes or is given up
	known    error  // mux.known when it was taken: what was refused before is no matter of this request
	outcome  chan outcome
	timer    *time.Timer // stopped when nobody waits
}

// outcome is what became of a request: an answer, or why it was not published.
type outcome struct {
	answer *nats.Msg
	err    error
}

// newMux subscribes to answers until close.
func newMux(conn *nats.Conn) (*mux, error) {
	m := &mux{conn: conn, prefix: conn.NewInbox() + ".", known: conn.LastError()}
	m.outbox = outbox{conn: conn, failed: func(r outgoing, err error) { m.settle(r.answer, outcome{err: err}) }}
	var err error
	if m.answers, err = conn.Subscribe(m.prefix+"*", m.deliver); err != nil {
		return nil, fmt.Errorf("subscribe to answers: %w", err)
	}
	return m, nil
}

// close ends the subscription. It fails only when the connection is closed, which ends it too.
func (m *mux) close() { _ = m.answers.Unsubscribe() }

// request sends a request and waits for its answer. Errors are those of publishing, nats.ErrNoResponders,
// PermissionDenied when NATS refuses the request or its answer, context.DeadlineExceeded after the timeout,
// the context's, and errLost when lost is closed.
func (m *mux) request(ctx context.Context, lost <-chan struct{}, subject string, body []byte, timeout time.Duration) (*nats.Msg, error) {
	s, alone, err := m.take(lost)
	if err != nil {
		return nil, err
	}
	request := outgoing{subject: subject, answer: s.subject, body: body}
	if alone {
		m.outbox.publish(request)
	} else {
		m.outbox.send(request)
	}
	look := min(firstLook, timeout)
	s.timer.Reset(look)
	defer s.timer.Stop()
	for {
		select {
		case o := <-s.outcome:
			m.give(s)
			return o.answer, o.err
		case <-ctx.Done():
			m.giveUp(s)
			return nil, ctx.Err()
		case <-lost:
			m.giveUp(s)
			return nil, errLost
		case <-s.timer.C:
		}
		if err := m.refused(s, lost, subject); err != nil {
			m.giveUp(s)
			return nil, err
		}
		if timeout -= look; timeout <= 0 {
			m.giveUp(s)
			return nil, context.DeadlineExceeded
		}
		look = min(2*look, timeout)
		s.timer.Reset(look)
	}
}

// take makes the caller the owner of a slot that waits for an outcome, and tells whether no
// other does. It fails when no answer can come.
func (m *mux) take(lost <-chan struct{}) (s *slot, alone bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.deaf.err != nil && m.deaf.until == lost {
		return nil, false, m.deaf.err
	}
	if len(m.free) == 0 {
		s := &slot{number: len(m.slots), outcome: make(chan outcome, 1), timer: time.NewTimer(time.Hour)}
		s.timer.Stop()
		m.renew(s)
		m.slots = append(m.slots, s)
		m.free = append(m.free, s)
	}
	last := len(m.free) - 1
	s = m.free[last]
	m.free = m.free[:last]
	s.waiting, s.known = true, m.known
	return s, len(m.free)+1 == len(m.slots), nil
}

// give takes a slot back whose outcome was received.
func (m *mux) give(s *slot) {
	m.mu.Lock()
	m.free = append(m.free, s)
	m.mu.Unlock()
}

// giveUp takes a slot back whose outcome is waited for no more.
func (m *mux) giveUp(s *slot) {
	last := m.conn.LastError()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = last
	if !s.waiting {
		<-s.outcome // which came just now
	}
	s.waiting = false
	m.renew(s)
	m.free = append(m.free, s)
}

// renew gives a slot a subject that no request had.
func (m *mux) renew(s *slot) {
	s.renewals++
	s.subject = m.prefix + strconv.Itoa(s.number) + "-" + strconv.Itoa(s.renewals)
}

// deliver is called for each answer, one at a time.
func (m *mux) deliver(answer *nats.Msg) {
	if len(answer.Data) == 0 && answer.Header.Get("Status") == "503" {
		m.settle(answer.Subject, outcome{err: nats.ErrNoResponders})
		return
	}
	m.settle(answer.Subject, outcome{answer: answer})
}

// settle hands an outcome to the request whose answers go to the subject.
func (m *mux) settle(subject string, o outcome) {
	number, _, _ := strings.Cut(strings.TrimPrefix(subject, m.prefix), "-")
	n, err := strconv.Atoi(number)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err != nil || n < 0 || n >= len(m.slots) || m.slots[n].subject != subject:
		// It is too late: the request was given up.
	case m.slots[n].waiting:
		m.slots[n].waiting = false
		m.slots[n].outcome <- o // its one place is free while somebody waits
	default:
		m.renew(m.slots[n]) // a second answer; there may be a third
	}
}
