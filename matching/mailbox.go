package matching

import "sync"

// mailbox takes items from any goroutine, without a bound and without waiting,
// for the one goroutine that empties it.
type mailbox[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	// wake has a value when something was put since the last take.
	wake chan struct{}
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{wake: make(chan struct{}, 1)} }

// put is false, and does nothing, once the mailbox is shut.
func (m *mailbox[T]) put(item T) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	m.items = append(m.items, item)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return true
}

// shut refuses what comes from now on; it is true the first time.
func (m *mailbox[T]) shut() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := !m.closed
	m.closed = true
	return first
}

// take returns what was put. The slice given, emptied, takes what comes next.
func (m *mailbox[T]) take(empty []T) []T {
	clear(empty)
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = empty[:0]
	return items
}

// fifo is a queue in one slice, of one goroutine.
type fifo[T any] struct {
	items []T
	head  int
}

func (f *fifo[T]) size() int { return len(f.items) - f.head }

func (f *fifo[T]) push(items ...T) { f.items = append(f.items, items...) }

func (f *fifo[T]) first() *T { return &f.items[f.head] }

func (f *fifo[T]) pop() T {
	item := f.items[f.head]
	var zero T
	f.items[f.head] = zero
	f.head++
	switch {
	case f.head == len(f.items):
		f.items, f.head = f.items[:0], 0
	case f.head >= 1024 && f.head > len(f.items)/2:
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	return item
}
