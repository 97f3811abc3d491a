package matching

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
)

// namespace is one open namespace: its publisher, its consumers, the keeper
// that watches over TASKS, and the observer that sees how busy its queues are. Three goroutines, which end with stop.
type namespace struct {
	in        api.Incarnation
	stream    string
	matching  *Matching
	log       zerolog.Logger
	publisher *publisher
	consumers *consumers
	observer  *observer
	link      *link

	// suspicion asks the keeper to look at TASKS; requests want to hear when it has.
	suspicion chan struct{}
	requests  chan chan error
	// The keeper's: when TASKS was made, and a context that has ended if the connection
	// was lost since TASKS was last seen.
	created time.Time
	known   context.Context

	cancel  context.CancelFunc // ends the goroutines
	ended   <-chan struct{}
	running sync.WaitGroup
	// What the keeper has to say again and again, it says at most once a minute.
	trouble, crowded zerolog.Logger
}

func (m *Matching) startNamespace(in api.Incarnation, info *jetstream.StreamInfo) (*namespace, error) {
	ctx, cancel := context.WithCancel(context.Background())
	n := &namespace{
		in:        in,
		stream:    info.Config.Name,
		matching:  m,
		log:       m.config.Logger.With().Str("namespace", in.Namespace).Logger(),
		suspicion: make(chan struct{}, 1),
		requests:  make(chan chan error),
		created:   info.Created,
		link:      newLink(),
		trouble:   m.config.rarely(),
		crowded:   m.config.rarely(),
		cancel:    cancel,
		ended:     ctx.Done(),
	}
	n.known = n.link.generation()
	n.observer = newObserver(m.config, m.js, in.Namespace, n.stream, n.link)
	n.consumers = newConsumers(m.config, m.js, in.Namespace, n.stream, n.link, func(key queueKey, info *jetstream.ConsumerInfo) { n.observer.saw(key, info) })
	var err error
	if n.publisher, err = newPublisher(m.config, in.Namespace, n.consumers.want, n.suspect, n.reconnected); err != nil {
		cancel()
		return nil, err
	}
	n.publisher.seen.Store(info.State.LastSeq)
	n.running.Go(func() { n.publisher.run(n.ended) })
	n.running.Go(func() { n.keep(ctx) })
	n.running.Go(func() { n.observer.run(ctx) })
	return n, nil
}

// stop ends the goroutines and waits for them until ctx ends.
func (n *namespace) stop(ctx context.Context) error {
	n.cancel()
	done := make(chan struct{})
	go func() {
		n.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reconnected ends what the keeper and others wait for in vain, and has the keeper look at TASKS.
func (n *namespace) reconnected() {
	n.link.renewed()
	n.suspect()
	n.consumers.signal()
}

// suspect has the keeper look at TASKS soon.
func (n *namespace) suspect() {
	select {
	case n.suspicion <- struct{}{}:
	default:
	}
}

// keep looks at TASKS every few seconds, after each reconnect and on suspicion,
// and makes consumers that history's tasks need.
func (n *namespace) keep(ctx context.Context) {
	tick := time.NewTicker(n.matching.config.CheckInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			n.consumers.tidy()
			n.report(n.check(ctx))
		case <-n.suspicion:
			n.report(n.check(ctx))
		case request := <-n.requests:
			request <- n.check(ctx)
		case <-n.consumers.wake:
			n.report(n.consumers.makeWanted(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// checked waits until the keeper has looked at TASKS, and made it if it was gone.
func (n *namespace) checked(ctx context.Context) error {
	request := make(chan error, 1)
	select {
	case n.requests <- request:
	case <-n.ended:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-request:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// check looks whether TASKS is still the stream that the acknowledged tasks went into.
func (n *namespace) check(ctx context.Context) error {
	ctx, cancel := n.link.bound(ctx)
	defer cancel()
	generation := n.link.generation()
	highest := n.publisher.reached() // before the look: the stream only grows
	info, err := n.matching.makeTasks(ctx, n.in, highest)
	if err != nil {
		return err
	}
	if info.Created.Equal(n.created) {
		if info.State.LastSeq >= highest && !n.publisher.wentBack.Load() {
			n.known = generation
			n.publisher.seen.Store(info.State.LastSeq)
			return nil
		}
		if info, err = n.remake(ctx, info, highest); err != nil {
			return err
		}
	}
	reconnected := n.known.Err() != nil
	n.known = generation
	n.created = info.Created
	n.publisher.seen.Store(info.State.LastSeq) // before the reset, which forgets what was sent with the old one
	n.publisher.reset(n.ended)
	n.consumers.wantAll()
	level := zerolog.WarnLevel
	if reconnected { // a NATS server that was restarted has nothing of what was in its memory
		level = zerolog.InfoLevel
	}
	n.log.WithLevel(level).Str("stream", n.stream).Msg("the work queue was lost; all tasks that are owed are queued again")
	n.matching.tellLost(n.in.Namespace)
	return nil
}

// remake makes a TASKS anew that has lost what was in it. One that cannot be deleted is used as it is:
// acknowledgements under way may then take tasks out of it, which history queues again only after a minute or more,
// but all others are queued at once.
func (n *namespace) remake(ctx context.Context, emptied *jetstream.StreamInfo, above uint64) (*jetstream.StreamInfo, error) {
	info, err := n.matching.remakeTasks(ctx, emptied.Config, above)
	if !errors.Is(err, errUndeleted) || ctx.Err() != nil || !n.matching.config.Conn.IsConnected() {
		return info, err
	}
	n.log.Warn().Err(err).Str("stream", n.stream).Str("permission", n.matching.config.deleteSubject(n.stream)).
		Msg("the work queue was lost and cannot be made anew, and is filled as it is: allow the server's user to publish to the subject in permission")
	return emptied, nil
}

// report logs an error of the keeper's, at most once a minute each kind. That the connection is lost
// is told by whoever made it.
func (n *namespace) report(err error) {
	var full *serviceerror.ResourceExhausted
	switch {
	case err == nil || errors.Is(err, context.Canceled) || !n.matching.config.Conn.IsConnected():
	case errors.As(err, &full):
		n.crowded.Error().Err(err).Str("stream", n.stream).Msg("tasks wait in the stream for a consumer")
	default:
		n.trouble.Error().Err(err).Str("stream", n.stream).Msg("the work queue cannot be used, and is tried again")
	}
}

func (m *Matching) tellLost(namespace string) {
	m.mu.RLock()
	lost := m.lost
	m.mu.RUnlock()
	if lost != nil {
		lost(namespace)
	}
}
