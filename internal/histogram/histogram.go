// Package histogram counts values by size, from any goroutine and without a lock: what a hot path can afford to tell of itself.
package histogram

import (
	"sync/atomic"
	"time"
)

// Histogram counts values in buckets. Make it with New.
type Histogram struct {
	bounds []int64
	counts []atomic.Uint64 // one more than there are bounds
	sum    atomic.Int64
}

// New makes a histogram with the upper bounds of its buckets, each included, in rising order. What is above them all is counted, too. The unit is the
// caller's.
func New(bounds ...int64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// NewDurations makes a histogram of durations, in nanoseconds: two or three buckets for each factor of ten, from 50 µs to 10 s.
func NewDurations() *Histogram {
	var bounds []int64
	for _, bound := range []time.Duration{
		50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
		time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
		100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
	} {
		bounds = append(bounds, int64(bound))
	}
	return New(bounds...)
}

// Observe counts a value.
func (h *Histogram) Observe(value int64) {
	bucket := 0
	for bucket < len(h.bounds) && value > h.bounds[bucket] {
		bucket++
	}
	h.counts[bucket].Add(1)
	h.sum.Add(value)
}

// Snapshot is what a histogram has counted by a time.
type Snapshot struct {
	// Bounds are the buckets' upper bounds, and Counts the values in each of them: not of those below. The last count is of what
	// is above all bounds.
	Bounds []int64
	Counts []uint64
	Sum    int64
}

// Read is a snapshot. Values that are counted meanwhile are in it, or in part, or not.
func (h *Histogram) Read() Snapshot {
	s := Snapshot{Bounds: h.bounds, Counts: make([]uint64, len(h.counts)), Sum: h.sum.Load()}
	for i := range h.counts {
		s.Counts[i] = h.counts[i].Load()
	}
	return s
}

// Count is how many values there are.
func (s Snapshot) Count() uint64 {
	var all uint64
	for _, count := range s.Counts {
		all += count
	}
	return all
}

// Add adds the values of another snapshot, which has the same bounds. An empty Snapshot takes those.
func (s *Snapshot) Add(other Snapshot) {
	if s.Counts == nil {
		s.Bounds, s.Counts = other.Bounds, make([]uint64, len(other.Counts))
	}
	for i, count := range other.Counts {
		s.Counts[i] += count
	}
	s.Sum += other.Sum
}
