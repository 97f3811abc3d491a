package crew

import "sync"

// Idle are goroutines that wait to be used again, each by what hands it its next job: the one that was used last
// is the first to be taken. It is safe for concurrent use.
type Idle[T any] struct {
	limit int

	mu     sync.Mutex // guards what follows
	free   []T        // the one used last comes last
	closed bool
}

// NewIdle makes room for up to limit of them. Who keeps them ends those that Close returns.
func NewIdle[T any](limit int) *Idle[T] { return &Idle[T]{limit: limit} }

// Take takes the one that was kept last; false when there is none.
func (l *Idle[T]) Take() (t T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.free) - 1
	if last < 0 {
		return t, false
	}
	t = l.free[last]
	l.free = l.free[:last]
	return t, true
}

// Keep keeps one; it is false when enough are kept, or after Close.
func (l *Idle[T]) Keep(t T) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.free) >= l.limit {
		return false
	}
	l.free = append(l.free, t)
	return true
}

// Close has nothing be kept from now on, and returns what was. Twice is safe: the second time it is nothing.
func (l *Idle[T]) Close() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	free := l.free
	l.free, l.closed = nil, true
	return free
}
