package coroutine

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// goroutineOf runs a coroutine of that code and tells its goroutine.
func goroutineOf(t *testing.T, pool *Pool, code func(d *Dispatcher)) (goroutine string, err error) {
	d := Dispatcher{Pool: pool}
	defer d.Close()
	d.Go("root", func() {
		goroutine = *goroutineHeader()
		code(&d)
	})
	return goroutine, d.Run()
}

func nothing(*Dispatcher) {}

// kept is how many goroutines wait in the pool.
func kept(pool *Pool) int {
	var all []*strand
	for s, ok := pool.idle.Take(); ok; s, ok = pool.idle.Take() {
		all = append(all, s)
	}
	for _, s := range all {
		pool.give(s)
	}
	return len(all)
}

func TestGoroutinesAreKeptForTheNextCoroutine(t *testing.T) {
	pool := NewPool(1)
	defer pool.Close()
	first, err := goroutineOf(t, pool, nothing)
	require.NoError(t, err)
	for _, code := range []func(*Dispatcher){
		nothing,
		func(d *Dispatcher) { d.Park("a turn", func() bool { return true }) },
		func(*Dispatcher) { panic("on purpose") }, // its stack is unwound all the same
		nothing,
	} {
		again, _ := goroutineOf(t, pool, code)
		require.Equal(t, first, again)
	}

	_, err = goroutineOf(t, pool, func(d *Dispatcher) { d.Park("forever", func() bool { return false }) })
	require.NoError(t, err)
	after, err := goroutineOf(t, pool, nothing)
	require.NoError(t, err)
	require.NotEqual(t, first, after, "one that was unwound has ended")
}

func TestGoexitEndsAGoroutineOfThePool(t *testing.T) {
	pool := NewPool(1)
	defer pool.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = goroutineOf(t, pool, func(*Dispatcher) { runtime.Goexit() })
	}()
	<-ended
	require.Zero(t, kept(pool))
	_, err := goroutineOf(t, pool, nothing)
	require.NoError(t, err)
}

// The test's main finds goroutines that are left.
func TestAPoolKeepsNoMoreThanItsLimitAndNoneOnceClosed(t *testing.T) {
	pool := NewPool(2)
	d := Dispatcher{Pool: pool}
	for range 5 {
		d.Go("one of five", func() { d.Park("a turn", func() bool { return true }) })
	}
	require.NoError(t, d.Run())
	require.Equal(t, 2, kept(pool))

	d.Go("still runs when the pool is closed", func() { d.Park("a turn", func() bool { return true }) })
	d.Go("closes it", func() { pool.Close() })
	require.NoError(t, d.Run())
	pool.Close()
	require.Zero(t, kept(pool))
	_, err := goroutineOf(t, pool, nothing)
	require.NoError(t, err)
	require.Zero(t, kept(pool))
}
