package pull

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// expires is how long a pull request waits at the server.
	expires = 10 * time.Second
	// grace is how much later than that the server may say that it has ended.
	grace = 2 * time.Second
	// mostPending bounds the messages on their way; one more is lost, and delivered again after its ack wait.
	mostPending = 1 << 14
	// flushTimeout is how long the end of a session waits for the server.
	flushTimeout = time.Second
)

// Answers to a message. One that is given back is delivered again at once.
var (
	ack      = []byte("+ACK")
	giveBack = []byte("-NAK")
	discard  = []byte("+TERM")
)

// GiveBack has a message delivered again at once, to whoever asks next.
func GiveBack(conn *nats.Conn, message *nats.Msg) error { return conn.Publish(message.Reply, giveBack) }

// Ack removes a message from the queue.
func Ack(conn *nats.Conn, message *nats.Msg) error { return conn.Publish(message.Reply, ack) }

// Discard removes a message that nobody can read.
func Discard(conn *nats.Conn, message *nats.Msg) error { return conn.Publish(message.Reply, discard) }

// request is a pull request at the server.
type request struct {
	batch int
	until time.Time
}

// session is the pull requests that one inbox is for. It belongs to the puller's goroutine.
type session struct {
	*Puller
	source   Source
	inbox    *nats.Subscription
	messages chan *nats.Msg

	asked    int       // messages that may still come; each has a slot
	requests []request // not yet past their time, oldest first
	promised int       // the sum of their batches: asked never exceeds it, unless answers were lost
	worked   bool
}

func (p *Puller) begin(source Source) (*session, error) {
	s := &session{Puller: p, source: source}
	// All that can be on its way at once: the messages asked for, and one status for each request.
	s.messages = make(chan *nats.Msg, min(2*p.Slots.Limit()+16, mostPending))
	var err error
	if s.inbox, err = p.Conn.ChanSubscribe(p.Conn.NewInbox(), s.messages); err != nil {
		return nil, fmt.Errorf("subscribe the inbox of pull requests: %w", err)
	}
	return s, nil
}

// run pulls until ctx ends, the connection comes back anew (both nil) or the consumer
// does not answer as it should.
func (s *session) run(ctx, reconnected context.Context) error {
	timer := time.NewTimer(expires + grace)
	defer timer.Stop()
	for {
		if err := s.ask(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-reconnected.Done():
			return nil
		case <-s.Slots.Freed():
		case message := <-s.messages:
			if err := s.take(message); err != nil {
				return err
			}
		case now := <-timer.C:
			timer.Reset(grace)
			if err := s.checkLost(now); err != nil {
				return err
			}
		}
	}
}

// ask sends a pull request when less than half of what could come is asked for: under load one
// request asks for many messages, and yet one is always waiting while a slot is free.
func (s *session) ask() error {
	want := min(s.Slots.Free()+s.asked, s.Slots.Limit())
	if s.Half {
		want = (want + 1) / 2
	}
	if 2*s.asked > want {
		return nil
	}
	batch := s.Slots.Take(want - s.asked)
	if batch == 0 {
		return nil
	}
	s.asked += batch
	s.promised += batch
	s.requests = append(s.requests, request{batch: batch, until: time.Now().Add(expires + grace)})
	body, err := json.Marshal(struct {
		Batch   int           `json:"batch"`
		Expires time.Duration `json:"expires"`
	}{batch, expires})
	if err != nil {
		return err
	}
	if err := s.Conn.PublishRequest(s.source.subject(), s.inbox.Subject, body); err != nil {
		return fmt.Errorf("pull request to consumer %s: %w", s.source.Consumer, err)
	}
	return nil
}

// take handles a message, or the server's word that a request has ended.
func (s *session) take(message *nats.Msg) error {
	status := message.Header.Get("Status")
	if status == "" || len(message.Data) > 0 {
		s.worked = true
		s.asked--
		s.Handle(message, s.source)
		return nil
	}
	if status == "503" {
		return fmt.Errorf("nobody answers pull requests to %s: the queue is gone, or beyond a leaf node: then JetStream has to have a domain where the streams are", s.source.subject())
	}
	if status != "408" {
		return fmt.Errorf("consumer %s of stream %s answers a pull request with %s %s",
			s.source.Consumer, s.source.Stream, status, message.Header.Get("Description"))
	}
	s.worked = true
	left, err := strconv.Atoi(message.Header.Get("Nats-Pending-Messages"))
	if err != nil {
		return fmt.Errorf("consumer %s: a status without its count of messages: %w", s.source.Consumer, err)
	}
	s.unask(left)
	return nil
}

func (s *session) unask(n int) {
	n = min(n, s.asked)
	s.asked -= n
	s.Slots.Give(n)
}

// checkLost finds out that requests vanished: they are past their time, and the
// server has neither served nor ended them.
func (s *session) checkLost(now time.Time) error {
	for len(s.requests) > 0 && s.requests[0].until.Before(now) {
		s.promised -= s.requests[0].batch
		s.requests = s.requests[1:]
	}
	if s.asked > s.promised {
		return fmt.Errorf("consumer %s of stream %s: %d messages were asked for, and the server has forgotten it",
			s.source.Consumer, s.source.Stream, s.asked-s.promised)
	}
	return nil
}

// end takes the inbox away, so that the server sends nothing more to it. What came before that is
// handled, or given back if the puller is being stopped.
func (s *session) end(stopping bool) {
	if s.inbox.Drain() == nil && s.Conn.IsConnected() {
		// When it fails the connection is lost, and what was on its way is delivered again.
		_ = s.Conn.FlushTimeout(flushTimeout)
	}
	for {
		select {
		case message := <-s.messages:
			s.settle(message, stopping)
		default:
			s.unask(s.asked)
			return
		}
	}
}

func (s *session) settle(message *nats.Msg, stopping bool) {
	switch {
	case message.Header.Get("Status") != "" && len(message.Data) == 0:
	case stopping:
		s.unask(1)
		if err := GiveBack(s.Conn, message); err != nil {
			s.Logger.Debug().Err(err).Msg("a task was not given back: it is delivered again after its time")
		}
	default:
		s.asked--
		s.Handle(message, s.source)
	}
}
