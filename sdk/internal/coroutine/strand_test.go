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
	require.Empty(t, pool.idle)
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
	require.Len(t, pool.idle, 2)

	d.Go("still runs when the pool is closed", func() { d.Park("a turn", func() bool { return true }) })
	d.Go("closes it", func() { pool.Close() })
	require.NoError(t, d.Run())
	pool.Close()
	require.Empty(t, pool.idle)
	_, err := goroutineOf(t, pool, nothing)
	require.NoError(t, err)
	require.Empty(t, pool.idle)
}
