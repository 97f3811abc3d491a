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

const learnInterval = time.Second

// learner is what brings changes of other processes into the cache: one goroutine from Start to Stop. It asks for the
// bucket's last sequence rather than to have a consumer: that needs no more permissions, outlives every
// reconnect, and costs one request an interval.
type learner struct {
	// learning guards seen: one look at a time.
	learning sync.Mutex
	seen     uint64 // all up to this sequence is known

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
	owed := map[string]bool{} // learned, and not taken by Learned yet
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
			err = r.tell(ctx, owed)
		}
		if err != nil && ctx.Err() == nil {
			rarely.Warn().Err(err).Msg("what other processes have changed of namespaces is not taken over yet; it is tried again")
		}
	}
}

// learn brings the cache to what is in the bucket, and notes in learned the names of what is new.
func (r *Registry) learn(ctx context.Context, learned map[string]bool) error {
	r.learning.Lock()
	defer r.learning.Unlock()
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
		r.take(m, learned)
		r.seen = m.Sequence
	}
	r.seen = max(r.seen, state.Last)
	return nil
}

// take takes over one entry. What is no entry, or cannot be read, is as if it were not there: who asks
// for that namespace is told (Get).
func (r *Registry) take(m *stream.Message, learned map[string]bool) {
	name := strings.TrimPrefix(m.Subject, r.prefix)
	if m.Header.Get(operationHeader) != "" {
		return // a registration that was given up
	}
	settings, err := decodeSettings(name, m.Data)
	if err != nil {
		r.config.Logger.Error().Err(err).Str("namespace", name).Msg("an entry of the registry of namespaces is passed over")
		return
	}
	if r.cache.put(settings, m.Sequence) && learned != nil && settings.Ready {
		learned[name] = true
	}
}

// tell hands what was learned to Learned.
func (r *Registry) tell(ctx context.Context, owed map[string]bool) error {
	var failed []error
	for name := range owed {
		k, _ := r.cache.get(name)
		if r.config.Learned != nil {
			if err := r.config.Learned(ctx, k.settings); err != nil {
				failed = append(failed, fmt.Errorf("namespace %s: %w", name, err))
				continue
			}
		}
		delete(owed, name)
	}
	return errors.Join(failed...)
}
