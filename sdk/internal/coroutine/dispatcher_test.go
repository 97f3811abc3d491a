package coroutine

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCoroutinesRunInOrderOfCreation(t *testing.T) {
	var d Dispatcher
	defer d.Close()
	var got []string
	for _, name := range []string{"a", "b", "c"} {
		d.Go(name, func() {
			got = append(got, name)
			if name == "a" {
				d.Go("a.child", func() { got = append(got, "a.child") })
			}
			d.Park("its second turn", func() bool { return true })
			got = append(got, name+" again")
		})
	}
	require.NoError(t, d.Run())
	require.Equal(t, []string{"a", "b", "c", "a.child", "a again", "b again", "c again"}, got)
	require.True(t, d.Idle())
}

func TestParkedCoroutineWaitsForItsCondition(t *testing.T) {
	var d Dispatcher
	defer d.Close()
	open, passed := false, false
	d.Go("waiter", func() {
		d.Park("the gate", func() bool { return open })
		passed = true
	})
	require.NoError(t, d.Run())
	require.False(t, passed)
	open = true
	require.NoError(t, d.Run())
	require.True(t, passed)
}

func TestPanicsAreReturned(t *testing.T) {
	t.Run("of a coroutine", func(t *testing.T) {
		var d Dispatcher
		defer d.Close()
		d.Go("root", func() { panic("no way") })
		var p *Panic
		require.ErrorAs(t, d.Run(), &p)
		require.Equal(t, "no way", p.Value)
		require.Regexp(t, `^github.com/perdure/perdure/sdk/internal/coroutine.TestPanicsAreReturned`, p.Stack, "the code that panicked is first")
	})
	t.Run("of a condition", func(t *testing.T) {
		var d Dispatcher
		defer d.Close()
		d.Go("root", func() { d.Park("a bad condition", func() bool { panic("bad") }) })
		var p *Panic
		require.ErrorAs(t, d.Run(), &p)
		require.Equal(t, "bad", p.Value)
	})
	t.Run("of blocking outside", func(t *testing.T) {
		var d Dispatcher
		require.PanicsWithValue(t, "blocked on a future outside a workflow coroutine: block only in code that the workflow runs, and start coroutines with workflow.Go, never with the go statement",
			func() { d.Park("a future", nil) })
	})
}

func TestCloseUnwindsWhatNoRecoverCanStop(t *testing.T) {
	var d Dispatcher
	var got []string
	d.Go("stubborn", func() {
		defer func() {
			got = append(got, "deferred")
			d.Park("more, in a deferred function", func() bool { return true })
			got = append(got, "never")
		}()
		for {
			func() {
				defer func() { _ = recover() }()
				d.Park("forever", func() bool { return false })
			}()
			got = append(got, "never")
		}
	})
	d.Go("panics when unwound", func() {
		defer func() { panic("in a deferred function") }()
		d.Park("forever", func() bool { return false })
	})
	require.NoError(t, d.Run())
	d.Go("not started", func() { got = append(got, "never") })
	d.Close()
	d.Close()
	require.Equal(t, []string{"deferred"}, got)
}

func TestAbortStopsTheRound(t *testing.T) {
	var d Dispatcher
	defer d.Close()
	second := false
	d.Go("first", func() { d.Abort() })
	d.Go("second", func() { second = true })
	require.NoError(t, d.Run())
	require.False(t, second)
}

func TestGoexitOfWorkflowCodeEndsTheCaller(t *testing.T) {
	var d Dispatcher
	d.Go("root", runtime.Goexit)
	ended := make(chan bool)
	go func() {
		returned := false
		defer func() { ended <- returned }()
		_ = d.Run()
		returned = true
	}()
	require.False(t, <-ended)
	name, _ := d.Running()
	require.Empty(t, name)
	d.Close()
}

func TestStacksShowWhereCoroutinesAre(t *testing.T) {
	var d Dispatcher
	defer d.Close()
	d.Go("root", func() { parkHere(&d) })
	require.NoError(t, d.Run())
	d.Go("late", func() {})
	stacks := d.Stacks()
	require.Contains(t, stacks, "coroutine root [blocked on a test]")
	require.Contains(t, stacks, "parkHere")
	require.Contains(t, stacks, "coroutine late:\nnot started")
	require.NotContains(t, stacks, "iter.Pull")
	require.Equal(t, 2, strings.Count(stacks, "coroutine root")+strings.Count(stacks, "coroutine late"))
}

func parkHere(d *Dispatcher) { d.Park("a test", func() bool { return false }) }

// The same program must always run in the same order, however it blocks and forks.
func TestOrderIsDeterministic(t *testing.T) {
	pool := NewPool(3)
	defer pool.Close()
	rapid.Check(t, func(t *rapid.T) {
		program := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 40).Draw(t, "program")
		run := func(pool *Pool) []int {
			d := Dispatcher{Pool: pool}
			defer d.Close()
			var trace []int
			tokens, forks := 0, 0
			var strand func(id, at int)
			strand = func(id, at int) {
				for ; at < len(program); at++ {
					trace = append(trace, id*1000+at)
					switch program[at] {
					case 0:
						tokens++
					case 1:
						if tokens > 0 {
							d.Park("a token", func() bool { return tokens > 0 })
							tokens--
						}
					case 2:
						if forks < 5 {
							forks++
							next := at + 1
							child := forks
							d.Go("fork", func() { strand(child, next) })
						}
					case 3:
						d.Park("a turn", func() bool { return true })
					}
				}
			}
			d.Go("root", func() { strand(0, 0) })
			if err := d.Run(); err != nil {
				t.Fatal(err)
			}
			return trace
		}
		require.Equal(t, run(nil), run(pool))
		require.Equal(t, run(pool), run(nil))
	})
}

func BenchmarkSwitch(b *testing.B) {
	var d Dispatcher
	defer d.Close()
	n := 0
	d.Go("root", func() {
		for n < b.N {
			n++
			d.Park("a turn", func() bool { return true })
		}
	})
	b.ResetTimer()
	if err := d.Run(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkStartAndClose(b *testing.B) {
	for range b.N {
		var d Dispatcher
		d.Go("root", func() { d.Park("forever", func() bool { return false }) })
		_ = d.Run()
		d.Close()
	}
}
