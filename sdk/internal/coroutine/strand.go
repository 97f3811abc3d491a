package coroutine

import (
	"iter"

	"github.com/perdure/perdure/internal/crew"
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
			c.panicked = &Panic{Coroutine: c.name, Value: v, Stack: panicStack()}
		}
	}()
	c.fn()
}

// Pool keeps the goroutines of coroutines that have ended for others to come: a goroutine of their own
// each, whose stack has to grow, and those of the engine's steps were measured to be a third of what
// a run of one activity costs (package engine, BenchmarkOneActivity). A nil pool keeps none. It is safe for concurrent use.
type Pool struct{ idle *crew.Idle[*strand] }

// NewPool makes a pool that keeps up to limit goroutines. Close it.
func NewPool(limit int) *Pool { return &Pool{crew.NewIdle[*strand](limit)} }

// Close ends the goroutines that are kept. Those in use end with their coroutine. Twice is safe.
func (p *Pool) Close() {
	for _, s := range p.idle.Close() {
		s.stop()
	}
}

func (p *Pool) take() *strand {
	if p != nil {
		if s, ok := p.idle.Take(); ok {
			return s
		}
	}
	return newStrand()
}

// give keeps a strand whose coroutine has ended, or ends it.
func (p *Pool) give(s *strand) {
	if p == nil || !p.idle.Keep(s) {
		s.stop()
	}
}
