package coroutine

import (
	"iter"
	"runtime/debug"
	"sync"
)

// strand is a goroutine that runs one coroutine after the other: its stack has grown for the next one.
type strand struct {
	goroutine *string // its header in stack dumps, once it has run
	job       *Coroutine
	resume    func() (struct{}, bool)
	yield     func(struct{}) bool
	stop      func()
}

func newStrand() *strand {
	s := &strand{}
	s.resume, s.stop = iter.Pull(s.run)
	return s
}

// run runs the present job, and the next each time that it is resumed, until it is stopped.
func (s *strand) run(yield func(struct{}) bool) {
	s.yield = yield
	s.goroutine = goroutineHeader()
	for {
		s.job.run(s)
		s.job = nil
		if !yield(struct{}{}) {
			return
		}
	}
}

// run runs the coroutine to its end on a strand.
func (c *Coroutine) run(s *strand) {
	c.goroutine.Store(s.goroutine)
	defer func() {
		c.done = true
		if v := recover(); v != nil {
			c.panicked = &Panic{Coroutine: c.name, Value: v, Stack: string(debug.Stack())}
		}
	}()
	c.fn()
}

// Pool keeps the goroutines of coroutines that have ended for others to come: a goroutine of their own
// each, whose stack has to grow, and those of the engine's steps were measured to be a third of what
// a run of one activity costs (package engine, BenchmarkOneActivity). A nil pool keeps none. It is safe for concurrent use.
type Pool struct {
	limit int

	mu     sync.Mutex // guards what follows
	idle   []*strand  // the one used last is the first to be used again
	closed bool
}

// NewPool makes a pool that keeps up to limit goroutines. Close it.
func NewPool(limit int) *Pool { return &Pool{limit: limit} }

// Close ends the goroutines that are kept. Those in use end with their coroutine. Twice is safe.
func (p *Pool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, s := range idle {
		s.stop()
	}
}

func (p *Pool) take() *strand {
	if p == nil {
		return newStrand()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return newStrand()
	}
	s := p.idle[last]
	p.idle = p.idle[:last]
	return s
}

// give keeps a strand whose coroutine has ended, or ends it.
func (p *Pool) give(s *strand) {
	if !p.keep(s) {
		s.stop()
	}
}

func (p *Pool) keep(s *strand) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.limit {
		return false
	}
	p.idle = append(p.idle, s)
	return true
}
