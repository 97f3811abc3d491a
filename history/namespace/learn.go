package namespace

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/history/stream"
)

const (
	learnInterval = time.Second
	// failurePause is how many intervals lie between two tries to follow a change.
	failurePause = 10
)

// learner is what brings changes of other processes into the cache: one goroutine from Start to Stop. It asks for the
// bucket's last sequence rather than to have a consumer: that needs no more permissions, outlives every
// reconnect, and costs one request an interval.
type learner struct {
	// one is held, in its buffer, by who looks at the bucket, or writes to it and then to the cache: a look in the
	// middle of that would take what this process does for what another did.
	one  chan struct{}
	seen uint64 // all up to this sequence is known; guarded by one

	mu      sync.Mutex // guards what follows
	cancel  context.CancelFunc
	ended   chan struct{}
	stopped bool
}

// Start begins to learn what other processes change. A second Start, or one after Stop, changes nothing.
func (r *Registry) Start(context.Context) error {
	r.learner.mu.Lock()
	defer r.learner.mu.Unlock()
	if r.cancel != nil || r.stopped {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ended = cancel, make(chan struct{})
	go func() {
		defer close(r.ended)
		r.keepLearning(ctx)
	}()
	return nil
}

// Stop ends what Start began. A second Stop changes nothing.
func (r *Registry) Stop(ctx context.Context) error {
	r.learner.mu.Lock()
	r.stopped = true
	cancel, ended := r.cancel, r.ended
	r.learner.mu.Unlock()
	if cancel == nil {
		return nil
	}
	cancel()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopping the registry of namespaces: %w", ctx.Err())
	}
}

func (r *Registry) keepLearning(ctx context.Context) {
	tick := time.NewTicker(r.config.LearnInterval)
	defer tick.Stop()
	rarely := r.config.Logger.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute})
	owed := r.unfinished()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !r.config.JetStream.Conn().IsConnected() {
			continue // who connects says so
		}
		err := r.learn(ctx, owed)
		if err == nil {
			err = r.take(ctx, owed)
		}
		if err != nil && ctx.Err() == nil {
			rarely.Warn().Err(err).Msg("a change of a namespace is not taken over yet; it is tried again")
		}
	}
}

// debt is a namespace of which something new was learned that was not taken over yet.
type debt struct {
	// before is what was known of it; nil: nothing.
	before *Settings
	// next is when to try again, after a failure.
	next time.Time
}

// unfinished are the namespaces of which a process began to change something and did not come to the end.
func (r *Registry) unfinished() map[string]debt {
	owed := map[string]debt{}
	if entries := r.cache.entries.Load(); entries != nil {
		for name, k := range *entries {
			if !k.settings.Deleting.IsZero() || k.settings.RetentionWas != 0 {
				owed[name] = debt{before: k.settings}
			}
		}
	}
	return owed
}

// learn brings the cache to what is in the bucket, and notes in owed what is new; nil notes nothing.
func (r *Registry) learn(ctx context.Context, owed map[string]debt) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	highest := max(r.seen, r.cache.highest()) // before the look: the stream only grows
	state, err := r.stream.State(ctx)
	if err != nil {
		return err
	}
	if state.Last < highest { // restored from a backup, or made anew: its sequences are others
		r.seen = 0
		r.cache.clear()
	}
	for r.seen < state.Last {
		m, err := r.stream.Next(ctx, r.prefix+">", r.seen+1)
		if errors.Is(err, stream.ErrNoMessage) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the registry of namespaces: %w", err)
		}
		r.note(m, owed)
		r.seen = m.Sequence
	}
	r.seen = max(r.seen, state.Last)
	return nil
}

// lock waits until nobody else looks or writes, or ctx ends: its error then.
func (l *learner) lock(ctx context.Context) error {
	select {
	case l.one <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *learner) unlock() { <-l.one }

// note puts one entry into the cache. What is no entry, or cannot be read, is as if it were not there: who asks
// for that namespace is told (Get).
func (r *Registry) note(m *stream.Message, owed map[string]debt) {
	name := strings.TrimPrefix(m.Subject, r.prefix)
	if m.Header.Get(operationHeader) != "" {
		return // a registration that was given up
	}
	settings, err := decodeSettings(name, m.Data)
	if err != nil {
		r.config.Logger.Error().Err(err).Str("namespace", name).Msg("an entry of the registry of namespaces is passed over")
		return
	}
	before, _ := r.cache.get(name)
	if r.cache.put(settings, m.Sequence) && owed != nil && settings.Ready {
		d := debt{before: before.settings}
		if earlier, still := owed[name]; still {
			d.before = earlier.before
		}
		owed[name] = d
	}
}

// take has this process follow what was learned. What fails is tried again later.
func (r *Registry) take(ctx context.Context, owed map[string]debt) error {
	var failed []error
	now := time.Now()
	for name, d := range owed {
		if now.Before(d.next) {
			continue
		}
		if err := r.follow(ctx, d.before, name); err != nil {
			failed = append(failed, fmt.Errorf("namespace %s: %w", name, err))
			d.next = time.Now().Add(failurePause * r.config.LearnInterval)
			owed[name] = d
			continue
		}
		delete(owed, name)
	}
	return errors.Join(failed...)
}

// follow closes what exists no more, finishes what another process has begun, and serves what exists.
func (r *Registry) follow(ctx context.Context, before *Settings, name string) error {
	k, _ := r.cache.get(name)
	if before != nil && before.Incarnation != k.settings.Incarnation {
		if err := r.bury(ctx, before); err != nil {
			return err
		}
	}
	switch s := k.settings; {
	case s.Deleted:
		return r.bury(ctx, s)
	case !s.Deleting.IsZero():
		return r.finishDeletion(ctx, s, k.revision)
	case s.RetentionWas != 0:
		if _, err := r.settleRetention(ctx, s, k.revision); err != nil {
			return err
		}
		return r.serve(ctx, s)
	case s.exists():
		return r.serve(ctx, s)
	}
	return nil
}

func (r *Registry) serve(ctx context.Context, settings *Settings) error {
	if r.config.Serve == nil {
		return nil
	}
	return r.config.Serve(ctx, settings)
}
