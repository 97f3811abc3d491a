// Package mailbox hands items from any goroutine to the one that owns a state,
// without a bound and without waiting.
package mailbox

import "sync"

// Mailbox is made by New. Put and Shut are for any goroutine, Wake and Take
// for the one that empties it.
type Mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	shut  bool
	wake  chan struct{}
}

// New is an empty mailbox.
func New[T any]() *Mailbox[T] { return &Mailbox[T]{wake: make(chan struct{}, 1)} }

// Put is false, and does nothing, once the mailbox is shut.
func (m *Mailbox[T]) Put(item T) bool {
	m.mu.Lock()
	if m.shut {
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

// Wake has a value when something was put since the last Take.
func (m *Mailbox[T]) Wake() <-chan struct{} { return m.wake }

// Take returns what was put. The slice given, emptied, takes what comes next.
func (m *Mailbox[T]) Take(empty []T) []T {
	clear(empty)
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = empty[:0]
	return items
}

// Shut refuses what comes from now on. It is true the first time.
func (m *Mailbox[T]) Shut() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := !m.shut
	m.shut = true
	return first
}
