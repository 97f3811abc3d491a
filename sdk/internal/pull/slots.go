package pull

import (
	"context"
	"slices"
	"sync"
)

// Slots count how many tasks may run at a time. A slot is taken by a task that runs and kept by a
// pull request for each message that it may bring. They are safe for concurrent use.
type Slots struct {
	limit int
	freed chan struct{}

	mu      sync.Mutex // guards what is below
	free    int
	excess  int             // slots that are in use and, given back, are no more: see Remove
	waiting []chan struct{} // in order; each gets the next free slot by being closed
}

// NewSlots makes a number of slots, at least one.
func NewSlots(limit int) *Slots {
	limit = max(limit, 1)
	return &Slots{limit: limit, free: limit, freed: make(chan struct{}, 1)}
}

// NewNoSlots makes none yet. Add makes them one by one; no more than the limit is asked for at a time.
func NewNoSlots(limit int) *Slots {
	s := NewSlots(limit)
	s.free = 0
	return s
}

// Limit is how many slots there are at most.
func (s *Slots) Limit() int { return s.limit }

// Add makes one more slot.
func (s *Slots) Add() {
	s.mu.Lock()
	if s.excess > 0 {
		s.excess-- // one in use stays
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.Give(1)
}

// Remove takes one slot away: a free one, or else the next that is given back.
func (s *Slots) Remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free > 0 {
		s.free--
		return
	}
	s.excess++
}

// Free is how many slots nobody has.
func (s *Slots) Free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free
}

// Take takes up to n free slots, and tells how many.
func (s *Slots) Take(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = max(min(n, s.free), 0)
	s.free -= n
	return n
}

// Queue takes a slot, or a place in the line for one: slots that are given back go there first. It
// is false when as many wait already as there are slots. A single slot has no line: what holds it
// may be a pull request, which can wait for long.
func (s *Slots) Queue() (Ticket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Ticket{slots: s, ready: make(chan struct{})}
	switch {
	case s.free > 0:
		s.free--
		close(t.ready)
	case len(s.waiting) >= s.limit || s.limit == 1:
		return Ticket{}, false
	default:
		s.waiting = append(s.waiting, t.ready)
	}
	return t, true
}

// Give gives back n slots.
func (s *Slots) Give(n int) {
	if n <= 0 {
		return
	}
	s.mu.Lock()
	gone := min(n, s.excess)
	s.excess -= gone
	n -= gone
	served := min(n, len(s.waiting))
	for _, ready := range s.waiting[:served] {
		close(ready)
	}
	s.waiting = slices.Delete(s.waiting, 0, served)
	s.free += n - served
	s.mu.Unlock()
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// Freed receives after slots were given back.
func (s *Slots) Freed() <-chan struct{} { return s.freed }

// Ticket is a slot, or a place in the line for one.
type Ticket struct {
	slots *Slots
	ready chan struct{}
}

// Wait waits for the slot; the caller has it then and gives it back. It is false
// when ctx ended first: the place in the line is given up.
func (t Ticket) Wait(ctx context.Context) bool {
	select {
	case <-t.ready:
		return true
	case <-ctx.Done():
		t.Cancel()
		return false
	}
}

// Cancel gives up the slot, or the place in the line for one, instead of Wait.
func (t Ticket) Cancel() {
	t.slots.mu.Lock()
	at := slices.Index(t.slots.waiting, t.ready)
	if at >= 0 {
		t.slots.waiting = slices.Delete(t.slots.waiting, at, at+1)
	}
	t.slots.mu.Unlock()
	if at < 0 { // served in the meantime
		t.slots.Give(1)
	}
}
