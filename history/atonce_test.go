package history

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// As many as may be are under way at a time, and no more.
func TestAtOnce(t *testing.T) {
	const limit, count = 8, 64 // whole rounds of limit
	var mu sync.Mutex
	here, round := 0, make(chan struct{})
	var underWay, most atomic.Int64
	done := make([]int, count)
	require.NoError(t, atOnce(within(t), limit, count, func(ctx context.Context, n int) error {
		if now := underWay.Add(1); now > most.Load() {
			most.Store(now)
		}
		defer underWay.Add(-1)
		done[n]++
		mu.Lock()
		mine := round
		if here++; here == limit { // nobody goes on before all of the round are here
			here, round = 0, make(chan struct{})
			close(mine)
		}
		mu.Unlock()
		select {
		case <-mine:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}))
	require.LessOrEqual(t, most.Load(), int64(limit))
	for n := range done {
		require.Equal(t, 1, done[n], n)
	}
}

func TestAtOnceEndsWithTheFirstError(t *testing.T) {
	failed := errors.New("failed")
	var begun atomic.Int64
	err := atOnce(within(t), 4, 1000, func(ctx context.Context, n int) error {
		begun.Add(1)
		if n == 2 {
			return failed
		}
		<-ctx.Done()
		return ctx.Err()
	})
	require.ErrorIs(t, err, failed)
	require.LessOrEqual(t, begun.Load(), int64(8))
	require.NoError(t, atOnce(within(t), 4, 0, nil))

	ended, cancel := context.WithCancel(within(t))
	cancel()
	require.ErrorIs(t, atOnce(ended, 4, 10, func(context.Context, int) error { return nil }), context.Canceled)
}
