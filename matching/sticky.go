package matching

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/mailbox"
)

// Sticky sends a workflow task straight to the worker that holds its run in its
// cache, as a core NATS request. answer is called exactly once, from another goroutine,
// which it must not hold up: true when the worker took the task; false when it refused, nobody
// was there, it has said goodbye, it did not answer in StickyTimeout, or the task is too large for a message. Sticky
// never blocks. The task must not be changed until answer was called.
func (m *Matching) Sticky(namespace, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse, answer func(accepted bool)) {
	m.mu.RLock()
	s := m.sticky
	m.mu.RUnlock()
	subject := m.config.Names.Sticky(namespace, queue, worker)
	if s == nil || m.gone.has(subject, time.Now()) { // not started, or nobody is there
		m.offers.refused.Add(1)
		go answer(false)
		return
	}
	s.send(stickyTask{subject: subject, task: task, answer: answer})
}

// sticky sends tasks to workers and waits for their answers. One goroutine owns it all.
type sticky struct {
	conn    *nats.Conn
	offers  *offers
	timeout time.Duration
	inbox   string // where answers come, with a dot behind it
	answers *nats.Subscription
	replies chan *nats.Msg
	mailbox *mailbox.Mailbox[stickyTask]
	stopped chan struct{} // closed by stop, once
	ended   chan struct{}

	taken   []stickyTask
	pending map[uint64]func(bool)
	last    uint64           // id given
	due     fifo[stickyWait] // by time, since all have the same time-out
	body    []byte
}

type stickyTask struct {
	subject string
	task    *workflowservice.PollWorkflowTaskQueueResponse
	answer  func(bool)
}

type stickyWait struct {
	id uint64
	at time.Time
}

// stickyReplies is how many answers may wait for the goroutine; one more is
// lost, which its task takes for a refusal.
const stickyReplies = 1 << 14

func startSticky(c Config, offers *offers) (*sticky, error) {
	s := &sticky{
		conn:    c.Conn,
		offers:  offers,
		timeout: c.StickyTimeout,
		inbox:   c.Conn.NewInbox() + ".",
		replies: make(chan *nats.Msg, stickyReplies),
		mailbox: mailbox.New[stickyTask](),
		stopped: make(chan struct{}),
		ended:   make(chan struct{}),
		pending: map[uint64]func(bool){},
	}
	var err error
	if s.answers, err = c.Conn.ChanSubscribe(s.inbox+"*", s.replies); err != nil {
		return nil, fmt.Errorf("subscribing to workers' answers: %w", err)
	}
	go s.run()
	return s, nil
}

func (s *sticky) send(task stickyTask) {
	if !s.mailbox.Put(task) {
		go task.answer(false)
	}
}

func (s *sticky) stop(ctx context.Context) error {
	if s.mailbox.Shut() {
		close(s.stopped)
	}
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *sticky) run() {
	defer close(s.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-s.mailbox.Wake():
			s.sendAll()
		case m := <-s.replies:
			s.replied(m)
		case <-timer.C:
			s.expire(time.Now())
		case <-s.stopped:
			s.end()
			return
		}
		if s.due.size() > 0 {
			timer.Reset(time.Until(s.due.first().at))
		}
	}
}

func (s *sticky) sendAll() {
	tasks := s.mailbox.Take(s.taken)
	due := time.Now().Add(s.timeout)
	for _, t := range tasks {
		var err error
		if s.body, err = (proto.MarshalOptions{}).MarshalAppend(s.body[:0], t.task); err != nil {
			s.refuse(t.answer)
			continue
		}
		s.last++
		if err := s.conn.PublishRequest(t.subject, s.inbox+strconv.FormatUint(s.last, 36), s.body); err != nil {
			s.refuse(t.answer) // too large, or no connection
			continue
		}
		s.pending[s.last] = t.answer
		s.due.push(stickyWait{s.last, due})
	}
	s.taken = tasks
}

func (s *sticky) replied(m *nats.Msg) {
	id, err := strconv.ParseUint(m.Subject[len(s.inbox):], 36, 64)
	if err != nil {
		return
	}
	s.settle(id, m.Header.Get(api.HeaderAccepted) == "true")
}

func (s *sticky) settle(id uint64, accepted bool) {
	if answer, waits := s.pending[id]; waits {
		delete(s.pending, id)
		if !accepted {
			s.refuse(answer)
			return
		}
		s.offers.accepted.Add(1)
		answer(true)
	}
}

func (s *sticky) refuse(answer func(bool)) {
	s.offers.refused.Add(1)
	answer(false)
}

func (s *sticky) expire(now time.Time) {
	for s.due.size() > 0 && !s.due.first().at.After(now) {
		s.settle(s.due.pop().id, false)
	}
}

// end refuses what has no answer yet.
func (s *sticky) end() {
	_ = s.answers.Unsubscribe() // fails only when the connection is closed
	for _, t := range s.mailbox.Take(nil) {
		t.answer(false)
	}
	for id := range s.pending {
		s.settle(id, false)
	}
}
