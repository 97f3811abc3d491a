package histogram

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAValueIsInTheFirstBucketThatHoldsIt(t *testing.T) {
	h := New(1, 10, 100)
	for _, value := range []int64{0, 1, 2, 10, 11, 100, 101, 5000} {
		h.Observe(value)
	}
	s := h.Read()
	require.Equal(t, []uint64{2, 2, 2, 2}, s.Counts)
	require.Equal(t, uint64(8), s.Count())
	require.Equal(t, int64(5225), s.Sum)
}

func TestSnapshotsAddUp(t *testing.T) {
	a, b := New(1), New(1)
	a.Observe(1)
	b.Observe(1)
	b.Observe(2)
	var all Snapshot
	all.Add(a.Read())
	all.Add(b.Read())
	require.Equal(t, Snapshot{Bounds: []int64{1}, Counts: []uint64{2, 1}, Sum: 4}, all)
	require.Equal(t, []uint64{1, 0}, a.Read().Counts, "what is added is not what it is added to")
}

func TestObservedAtOnce(t *testing.T) {
	h := NewDurations()
	require.True(t, slices.IsSorted(h.Read().Bounds))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				h.Observe(int64(time.Millisecond))
			}
		})
	}
	all.Wait()
	require.Equal(t, uint64(8000), h.Read().Count())
	require.Equal(t, int64(8*time.Second), h.Read().Sum)
}

func BenchmarkObserve(b *testing.B) {
	h := NewDurations()
	for b.Loop() {
		h.Observe(int64(time.Millisecond))
	}
}
