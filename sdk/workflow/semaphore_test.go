package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestMutexIsHeldByOneAtATimeInOrder(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		m := workflow.NewMutex(ctx)
		group := workflow.NewWaitGroup(ctx)
		for i := range 3 {
			group.Go(ctx, func(ctx wctx) {
				require.NoError(t, m.Lock(ctx))
				defer m.Unlock()
				note(fmt.Sprint("in ", i))
				_ = workflow.Sleep(ctx, time.Second)
				note(fmt.Sprint("out ", i))
			})
		}
		require.NoError(t, workflow.Sleep(ctx, time.Millisecond))
		require.True(t, m.IsLocked())
		require.False(t, m.TryLock())
		group.Wait(ctx)
		require.False(t, m.IsLocked())
		require.True(t, m.TryLock())
		m.Unlock()
		require.Panics(t, m.Unlock)
		return nil
	})
	require.Equal(t, []string{"in 0", "out 0", "in 1", "out 1", "in 2", "out 2"}, got)
}

func TestSemaphoreServesWhoCameFirst(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		s := workflow.NewSemaphore(ctx, 3)
		require.True(t, s.TryAcquire(2))
		group := workflow.NewWaitGroup(ctx)
		claim := func(ctx wctx, n int64) {
			group.Go(ctx, func(ctx wctx) { note(fmt.Sprint(n, " ", s.Acquire(ctx, n))) })
		}
		patient, giveUp := workflow.WithCancel(ctx)
		claim(patient, 3)
		claim(ctx, 1) // there is one, but it is not overtaken
		require.NoError(t, workflow.Sleep(ctx, time.Second))
		require.False(t, s.TryAcquire(1))
		note("given up")
		giveUp()
		group.Wait(ctx)
		s.Release(3)
		require.Panics(t, func() { s.Release(1) })
		require.Panics(t, func() { s.TryAcquire(4) })
		require.Panics(t, func() { workflow.NewSemaphore(ctx, -1) })
		return nil
	})
	require.Equal(t, []string{"given up", "3 canceled", "1 <nil>"}, got)
}

// Whoever is granted permits at the moment of a cancellation has them.
func TestSemaphoreGrantedAndCancelledAtOnce(t *testing.T) {
	trace(t, func(ctx wctx, _ func(string)) error {
		s := workflow.NewSemaphore(ctx, 1)
		require.True(t, s.TryAcquire(1))
		claimCtx, cancel := workflow.WithCancel(ctx)
		got, set := workflow.NewFuture[none](ctx)
		workflow.Go(claimCtx, func(ctx wctx) { set.SetError(s.Acquire(ctx, 1)) })
		require.NoError(t, workflow.Sleep(ctx, time.Second))
		s.Release(1)
		cancel()
		_, err := got.Get(ctx)
		require.NoError(t, err)
		require.False(t, s.TryAcquire(1))
		return nil
	})
}

// However many coroutines take, give back and give up, no permit is lost or made, and nobody starves.
func TestSemaphoreRandomly(t *testing.T) {
	type worker struct{ Permits, Hold, Patience, Begin int }
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 5).Draw(rt, "size")
		workers := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) worker {
			return worker{
				rapid.IntRange(0, size).Draw(rt, "permits"), rapid.IntRange(0, 5).Draw(rt, "hold"),
				rapid.IntRange(0, 20).Draw(rt, "patience"), rapid.IntRange(0, 5).Draw(rt, "begin"),
			}
		}), 1, 12).Draw(rt, "workers")
		all := workflow.Declare[none, int]("Semaphore")
		impl := all.Implement(func(ctx wctx, _ none) (int, error) {
			s := workflow.NewSemaphore(ctx, int64(size))
			group := workflow.NewWaitGroup(ctx)
			held, ended := 0, 0
			for _, w := range workers {
				group.Go(ctx, func(ctx wctx) {
					_ = workflow.Sleep(ctx, time.Duration(w.Begin)*time.Second)
					claim, cancel := workflow.WithCancel(ctx)
					workflow.Go(ctx, func(ctx wctx) {
						if w.Patience > 0 {
							_ = workflow.Sleep(ctx, time.Duration(w.Patience)*time.Second)
							cancel()
						}
					})
					ended++
					if err := s.Acquire(claim, int64(w.Permits)); err != nil {
						if !failure.IsCanceled(err) {
							panic(err)
						}
						return
					}
					if held += w.Permits; held > size {
						panic("more is held than there is")
					}
					_ = workflow.Sleep(ctx, time.Duration(w.Hold)*time.Second)
					held -= w.Permits
					s.Release(int64(w.Permits))
				})
			}
			group.Wait(ctx)
			if !s.TryAcquire(int64(size)) {
				panic("a permit is lost")
			}
			return ended, nil
		})
		ended, err := workflowtest.Execute(workflowtest.New(t, workflowtest.Options{}, impl), all, none{})
		require.NoError(rt, err)
		require.Equal(rt, len(workers), ended)
	})
}
