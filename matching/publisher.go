package matching

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/mailbox"
)

const (
	// After a publish that failed nothing is sent for a while: from minPause, doubled, to maxPause.
	minPause = 25 * time.Millisecond
	maxPause = 2 * time.Second
	// tellPause is the pause from which on the failures are told: a few in a row.
	tellPause = 8 * minPause
	// maxKept is how large an emptied list of tasks is kept for reuse.
	maxKept = 1 << 16
)

// publisher puts a namespace's tasks into TASKS: pipelined, a bounded number in
// flight, the rest in memory behind them, each again until it is there. A publish that is in
// doubt (no answer, a lost connection) is made again: TASKS refuses what it
// has, and history answers "stale" to what was started meanwhile.
//
// The goroutine of run owns the second group of fields.
type publisher struct {
	names api.Names
	ns    string
	conn  *nats.Conn
	// What may befall every task is told once a minute at most.
	failing, dropped zerolog.Logger

	timeout time.Duration
	mailbox *mailbox.Mailbox[*workerpb.Task]
	// wanted is told each task's queue; suspect is called when TASKS may be lost, and reconnected when
	// the connection is back. None of them waits.
	wanted      func(queueKey)
	suspect     func()
	reconnected func()
	// highest sequence that TASKS has acknowledged to this publisher; read by the keeper.
	highest atomic.Uint64
	// seen is the last sequence of TASKS when the keeper last looked, whoever's it was. It is not put into
	// highest: acknowledgements under way at the look are below it, of a stream that is as it was.
	seen atomic.Uint64
	// wentBack: a sequence was not above those known when its task was sent, so that the stream is not what it was.
	wentBack atomic.Bool
	// stored are the tasks that TASKS has taken, and held those that it has not yet, about.
	stored, held atomic.Int64
	resets       chan chan struct{} // forget all tasks, then close the channel sent
	answers      *nats.Subscription
	acks         chan *nats.Msg
	status       chan nats.Status
	inbox        string // where acknowledgements come, with a dot behind it

	waiting fifo[*workerpb.Task]
	taken   []*workerpb.Task // the emptied list of the mailbox
	slots   []slot
	free    []int
	pause   time.Duration // of the next failure
	resume  *time.Timer
	paused  bool
	body    []byte // buffers; the connection copies what it is given
	key     []byte
	reply   []byte
}

// slot is one publish in flight. All its ids are congruent to its index, and
// each publish has the next, so that an answer finds its slot and a late one is told apart.
type slot struct {
	task  *workerpb.Task // nil when free
	id    uint64
	sent  time.Time
	above uint64 // what was seen of TASKS before: its sequence must be higher
}

// newPublisher subscribes to acknowledgements; run ends the subscription.
func newPublisher(c Config, ns string, wanted func(queueKey), suspect, reconnected func()) (*publisher, error) {
	p := &publisher{
		names:       c.Names,
		ns:          ns,
		conn:        c.Conn,
		failing:     c.rarely(),
		dropped:     c.rarely(),
		timeout:     c.PublishTimeout,
		mailbox:     mailbox.New[*workerpb.Task](),
		wanted:      wanted,
		suspect:     suspect,
		reconnected: reconnected,
		resets:      make(chan chan struct{}),
		inbox:       c.Conn.NewInbox() + ".",
		// Room for the answers of all slots and for late ones.
		acks:  make(chan *nats.Msg, 4*c.InFlight),
		slots: make([]slot, c.InFlight),
		free:  make([]int, 0, c.InFlight),
	}
	for i := range p.slots {
		p.slots[i].id = uint64(i)
		p.free = append(p.free, i)
	}
	var err error
	if p.answers, err = p.conn.ChanSubscribe(p.inbox+"*", p.acks); err != nil {
		return nil, fmt.Errorf("subscribing to the acknowledgements of queued tasks: %w", err)
	}
	p.status = p.conn.StatusChanged(nats.CONNECTED)
	return p, nil
}

// add hands a task over.
func (p *publisher) add(task *workerpb.Task) { p.mailbox.Put(task) }

// reset forgets all tasks that were added, since history queues them again. It returns at
// once when the publisher has ended.
func (p *publisher) reset(ended <-chan struct{}) {
	done := make(chan struct{})
	select {
	case p.resets <- done:
		<-done
	case <-ended:
	}
}

// run publishes until stop is closed.
func (p *publisher) run(stop <-chan struct{}) {
	defer p.conn.RemoveStatusListener(p.status)
	defer func() { _ = p.answers.Unsubscribe() }() // fails only when the connection is closed
	expire := time.NewTicker(max(p.timeout/4, time.Millisecond))
	defer expire.Stop()
	p.resume = time.NewTimer(time.Hour)
	defer p.resume.Stop()
	for {
		p.fill()
		p.held.Store(int64(p.waiting.size() + len(p.slots) - len(p.free)))
		select {
		case <-p.mailbox.Wake():
			p.take()
		case m := <-p.acks:
			p.settleAll(m)
		case <-p.resume.C:
			p.paused = false
		case <-expire.C:
			p.doubt(time.Now().Add(-p.timeout))
		case <-p.status: // again: whatever was in flight when the connection broke is in doubt
			p.reconnected()
			p.paused = false
			p.doubt(time.Now())
		case done := <-p.resets:
			p.forget()
			close(done)
		case <-stop:
			return
		}
	}
}

// take moves what was added behind what waits.
func (p *publisher) take() {
	tasks := p.mailbox.Take(p.taken)
	for _, task := range tasks {
		p.wanted(queueKey{task.Type, task.TaskQueue})
	}
	p.waiting.push(tasks...)
	p.taken = nil
	if cap(tasks) <= maxKept {
		p.taken = tasks
	}
}

// fill publishes while there is a free slot. Without a connection it waits for
// one, rather than fill the connection's buffer with what may be told twice.
func (p *publisher) fill() {
	if p.paused || p.waiting.size() == 0 || len(p.free) == 0 || !p.conn.IsConnected() {
		return
	}
	now := time.Now()
	for p.waiting.size() > 0 && len(p.free) > 0 && !p.paused {
		i := p.free[len(p.free)-1]
		p.free = p.free[:len(p.free)-1]
		s := &p.slots[i]
		s.task, s.sent = p.waiting.pop(), now
		s.id += uint64(len(p.slots))
		s.above = p.seen.Load()
		if err := p.publish(s); hopeless(err) {
			p.dropped.Error().Err(err).Str("namespace", p.ns).Int64("event", s.task.ScheduledEventId).Msg("a task can never be queued, and is dropped")
			p.release(s)
		} else if err != nil {
			p.failed(s, err)
		}
	}
}

func (p *publisher) publish(s *slot) error {
	var err error
	if p.body, err = (proto.MarshalOptions{}).MarshalAppend(p.body[:0], s.task); err != nil {
		return fmt.Errorf("%w: %w", errUnsendable, err)
	}
	var key string
	key, p.key = taskKey(s.task, p.key)
	p.reply = strconv.AppendUint(append(p.reply[:0], p.inbox...), s.id, 36)
	return p.conn.PublishRequest(p.names.Task(p.ns, s.task.Type, s.task.TaskQueue, key), string(p.reply), p.body)
}

// settleAll takes an answer and those that wait behind it.
func (p *publisher) settleAll(m *nats.Msg) {
	p.settle(m)
	for range len(p.acks) {
		p.settle(<-p.acks)
	}
}

func (p *publisher) settle(m *nats.Msg) {
	id, err := strconv.ParseUint(m.Subject[len(p.inbox):], 36, 64)
	if err != nil {
		return
	}
	s := &p.slots[id%uint64(len(p.slots))]
	if s.task == nil || s.id != id {
		return // late: the task was published again, or is forgotten
	}
	result, sequence, err := readAck(m)
	switch result {
	case stored:
		p.acknowledged(sequence, s.above)
		p.stored.Add(1)
		fallthrough
	case already:
		p.release(s)
		p.pause = 0
	case noStream:
		p.failed(s, errNoStream)
	case refused:
		p.failed(s, err)
	}
}

// reached is the highest sequence that TASKS is known to have had.
func (p *publisher) reached() uint64 { return max(p.highest.Load(), p.seen.Load()) }

// acknowledged notes a sequence. One that is not above the last, and what was seen before its task was
// sent, says that the stream was emptied and begins where it began before, as one in memory does when
// its server in a cluster was restarted.
func (p *publisher) acknowledged(sequence, above uint64) {
	if sequence <= max(p.highest.Load(), above) {
		p.wentBack.Store(true)
		p.suspect()
		return
	}
	p.highest.Store(sequence)
}

// failed puts a task back and pauses: what hinders one hinders all.
func (p *publisher) failed(s *slot, err error) {
	p.waiting.push(s.task)
	p.release(s)
	p.suspect()
	if p.paused {
		return
	}
	p.pause = min(max(2*p.pause, minPause), maxPause)
	p.paused = true
	p.resume.Reset(p.pause)
	if p.pause >= tellPause && p.conn.IsConnected() { // else the keeper, or whoever made the connection, tells why
		p.failing.Warn().Err(err).Str("namespace", p.ns).Int("waiting", p.waiting.size()).Msg("queueing tasks fails, and is tried again")
	}
}

// doubt puts back what was published before a time and has no answer.
func (p *publisher) doubt(before time.Time) {
	found := false
	for i := range p.slots {
		if s := &p.slots[i]; s.task != nil && s.sent.Before(before) {
			found = true
			p.waiting.push(s.task)
			p.release(s)
		}
	}
	if found {
		p.suspect()
	}
}

func (p *publisher) release(s *slot) {
	s.task = nil
	p.free = append(p.free, int(s.id%uint64(len(p.slots))))
}

func (p *publisher) forget() {
	p.mailbox.Take(nil)
	p.waiting = fifo[*workerpb.Task]{}
	for i := range p.slots {
		if s := &p.slots[i]; s.task != nil {
			p.release(s)
		}
	}
	p.highest.Store(0)
	p.wentBack.Store(false)
	p.paused, p.pause = false, 0
}

var (
	errNoStream   = errors.New("nobody serves the subject: the stream TASKS is gone or has no leader")
	errUnsendable = errors.New("encoding a task")
)

// hopeless tells an error of the task itself, which no other try would spare.
func hopeless(err error) bool {
	return errors.Is(err, errUnsendable) || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject)
}
