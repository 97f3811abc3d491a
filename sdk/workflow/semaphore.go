package workflow

import (
	"container/list"
	"fmt"
)

// Semaphore bounds how much goes on at a time among the coroutines of a run. Make it with [NewSemaphore].
type Semaphore struct {
	size, free int64
	line       list.List // of *claim, in the order in which they came; the first does not fit
}

// claim is a coroutine's place in the line.
type claim struct {
	n       int64
	granted bool
}

// NewSemaphore makes a semaphore of n permits, all of them free. It panics if n is negative.
func NewSemaphore(_ Context, n int64) *Semaphore {
	if n < 0 {
		panic(fmt.Sprintf("a semaphore of %d permits: it needs 0 or more", n))
	}
	return &Semaphore{size: n, free: n}
}

// Acquire blocks until n permits are free and takes them. Who came first is served first, so that a large
// claim is not overtaken for ever by small ones. The error is a *failure.CanceledError if ctx is cancelled
// first; nothing is taken then. It panics if n is negative, or more than there are permits: that would
// never come true.
func (s *Semaphore) Acquire(ctx Context, n int64) error {
	if s.TryAcquire(n) {
		return nil
	}
	c := &claim{n: n}
	place := s.line.PushBack(c)
	ctx.run().env.Park("a semaphore", func() bool { return c.granted || ctx.Err() != nil })
	if c.granted {
		return nil
	}
	s.line.Remove(place)
	s.serve() // it may have been in the way of others
	return ctx.Err()
}

// TryAcquire takes n permits if they are free and nobody waits for some, and tells whether it did. It
// panics as [Semaphore.Acquire] does.
func (s *Semaphore) TryAcquire(n int64) bool {
	if n < 0 || n > s.size {
		panic(fmt.Sprintf("acquire %d permits of a semaphore that has %d", n, s.size))
	}
	if s.line.Len() > 0 || n > s.free {
		return false
	}
	s.free -= n
	return true
}

// Release gives n permits back. It panics if more are given back than were taken.
func (s *Semaphore) Release(n int64) {
	if n < 0 || n > s.size-s.free {
		panic(fmt.Sprintf("release %d permits of a semaphore of which %d are taken: release what was acquired, once", n, s.size-s.free))
	}
	s.free += n
	s.serve()
}

// serve grants the claims that fit, from the first on.
func (s *Semaphore) serve() {
	for e := s.line.Front(); e != nil && e.Value.(*claim).n <= s.free; e = s.line.Front() {
		c := s.line.Remove(e).(*claim)
		c.granted = true
		s.free -= c.n
	}
}
