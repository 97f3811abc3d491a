package temporal

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/internal/proctest"
)

// withCache runs a test each way with a worker that keeps so many runs.
func withCache(t *testing.T, size int, test func(t *testing.T, c client.Client, queue string)) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := jobFor(t, name)
			j.Cache = &size
			proctest.StartAgain(t, workerVariable, j).AwaitReady(t)
			test(t, dial(t, way(t, shared(t))), j.Queue)
		})
	}
}

// Without a cache each task and each query comes with the whole history.
func TestCacheOff(t *testing.T) {
	withCache(t, 0, func(t *testing.T, c client.Client, queue string) {
		var toils []client.WorkflowRun
		for range 10 {
			toils = append(toils, begin(t, c, queue, toil, 5))
		}
		run := begin(t, c, queue, counting)
		const signals = 20
		for n := range signals {
			require.Equal(t, n, ask[int](t, c, run.GetID(), "count"))
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", n == signals-1))
		}
		require.Equal(t, signals, resultOf[int](t, run))
		for _, run := range toils {
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", 10))
			require.Equal(t, 18, resultOf[int](t, run))
		}
	})
}

// Many more runs than the cache keeps, signaled and asked in random order.
func TestCachePressure(t *testing.T) {
	withCache(t, 10, func(t *testing.T, c client.Client, queue string) {
		const count, signals = 30, 8
		runs := make([]client.WorkflowRun, count)
		var turns []int
		for n := range runs {
			runs[n] = begin(t, c, queue, counting)
			for range signals {
				turns = append(turns, n)
			}
		}
		rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
		sent := make([]int, count)
		for i, n := range turns {
			sent[n]++
			require.NoError(t, c.SignalWorkflow(within(t), runs[n].GetID(), "", "more", sent[n] == signals))
			if i%4 == 0 {
				require.Equal(t, sent[n], ask[int](t, c, runs[n].GetID(), "count"))
			}
		}
		for _, run := range runs {
			require.Equal(t, signals, resultOf[int](t, run))
		}
	})
}
