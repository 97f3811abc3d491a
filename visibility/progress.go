package visibility

import (
	"slices"
	"sync"
	"time"
)

// progress is how far an index is, as listings see it. Of any goroutine.
type progress struct {
	mu sync.Mutex // guards what follows
	// reached are the sequences of the logs, by shard, up to which the index knows all.
	reached []uint64
	// current is, by shard, when the index was last seen to know all that was acknowledged.
	current []time.Time
	// partial is since when runs may be missing that the logs no longer tell of; zero: none is.
	partial time.Time
	// least is what every listing waits for: where the logs ended when the index was opened.
	least   []uint64
	waiting []*waiter
}

// waiter is a listing that waits for the index.
type waiter struct {
	targets []uint64
	done    chan struct{}
}

func newProgress(shards int, now time.Time) *progress {
	return &progress{reached: make([]uint64, shards), current: slices.Repeat([]time.Time{now}, shards), partial: now}
}

// set tells how far the index is now. All that was acknowledged by the time asked was up to targets.
func (p *progress) set(reached, targets []uint64, asked time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	copy(p.reached, reached)
	for shard, target := range targets {
		if p.reached[shard] >= target {
			p.current[shard] = asked
		}
	}
	p.release()
}

// setPartial tells since when runs may be missing; zero: none is, once the logs are read up to least.
func (p *progress) setPartial(since time.Time, least []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partial, p.least = since, least
	p.release()
}

// partialFor is for how long runs may have been missing that the logs no longer tell of.
func (p *progress) partialFor(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.partial.IsZero() {
		return 0
	}
	return now.Sub(p.partial)
}

// release lets those go on whose wait is over. The caller holds mu.
func (p *progress) release() {
	p.waiting = slices.DeleteFunc(p.waiting, func(w *waiter) bool {
		over := p.knows(w.targets)
		if over {
			close(w.done)
		}
		return over
	})
}

// knows tells whether the index has all up to the targets. The caller holds mu.
func (p *progress) knows(targets []uint64) bool {
	return p.partial.IsZero() && !p.lacks(targets) && !p.lacks(p.least)
}

// lacks tells whether the logs were not read up to the targets. The caller holds mu.
func (p *progress) lacks(targets []uint64) bool {
	for shard, target := range targets {
		if shard < len(p.reached) && p.reached[shard] < target {
			return true
		}
	}
	return false
}

// wait is a waiter for the targets, or nil: nothing is missing.
func (p *progress) wait(targets []uint64) *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.knows(targets) {
		return nil
	}
	w := &waiter{targets: targets, done: make(chan struct{})}
	p.waiting = append(p.waiting, w)
	return w
}

// giveUp forgets a waiter and tells by how much the index is behind its targets: what was acknowledged that long ago is in it. At
// least 1 ns, unless it has come to know them.
func (p *progress) giveUp(w *waiter, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waiter) bool { return other == w })
	return p.lag(w.targets, now)
}

// behind is by how much the index is behind targets, as giveUp tells it.
func (p *progress) behind(targets []uint64, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lag(targets, now)
}

// lag is what giveUp and behind tell. The caller holds mu.
func (p *progress) lag(targets []uint64, now time.Time) time.Duration {
	if p.knows(targets) {
		return 0
	}
	oldest := now.Add(-1)
	if !p.partial.IsZero() && p.partial.Before(oldest) {
		oldest = p.partial
	}
	for shard, reached := range p.reached {
		behind := shard < len(targets) && reached < targets[shard] || shard < len(p.least) && reached < p.least[shard]
		if behind && p.current[shard].Before(oldest) {
			oldest = p.current[shard]
		}
	}
	return now.Sub(oldest)
}
