package crew

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryJobIsDoneAtOnce(t *testing.T) {
	c := New(2)
	defer c.Close()
	for range 10 { // rounds: members that wait are used again, and others join them
		var done, started sync.WaitGroup
		together := make(chan struct{})
		for range 50 {
			done.Add(1)
			started.Add(1)
			c.Do(func() {
				defer done.Done()
				started.Done()
				<-together // no job waits for another's end
			})
		}
		started.Wait()
		close(together)
		done.Wait()
	}
	c.idle.mu.Lock()
	defer c.idle.mu.Unlock()
	require.LessOrEqual(t, len(c.idle.free), 2)
}

func TestJobsAfterCloseAreDone(t *testing.T) {
	c := New(1)
	c.Close()
	c.Close()
	done := make(chan struct{})
	c.Do(func() { close(done) })
	<-done
}

// A job may have others done.
func TestJobsWithinJobs(t *testing.T) {
	c := New(1)
	defer c.Close()
	done := make(chan struct{})
	c.Do(func() { c.Do(func() { close(done) }) })
	<-done
}

func TestTheOneUsedLastIsTakenFirst(t *testing.T) {
	l := NewIdle[int](2)
	_, ok := l.Take()
	require.False(t, ok)
	require.True(t, l.Keep(1))
	require.True(t, l.Keep(2))
	require.False(t, l.Keep(3), "enough are kept")
	last, ok := l.Take()
	require.True(t, ok)
	require.Equal(t, 2, last)
	require.Equal(t, []int{1}, l.Close())
	require.False(t, l.Keep(4))
	require.Empty(t, l.Close())
}

func BenchmarkDo(b *testing.B) {
	c := New(16)
	defer c.Close()
	var done sync.WaitGroup
	for b.Loop() {
		done.Add(1)
		c.Do(done.Done)
		done.Wait()
	}
}
