package workflow_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestCancellationReachesChildrenInOrder(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		parent, cancel := workflow.WithCancel(ctx)
		var contexts []wctx
		for i := range 5 {
			child, _ := workflow.WithCancel(parent)
			contexts = append(contexts, child)
			workflow.NewTimer(child, time.Duration(i+1)*time.Hour)
		}
		apart, _ := workflow.NewDisconnectedContext(parent)
		require.NoError(t, parent.Err())
		cancel()
		cancel()
		for _, child := range contexts {
			note(fmt.Sprint(failure.IsCanceled(child.Err())))
		}
		_, more := contexts[0].Done().Receive(ctx)
		note(fmt.Sprint(more))
		note(fmt.Sprint(apart.Err()))
		late, _ := workflow.WithCancel(parent)
		note(fmt.Sprint(late.Err()))
		note(fmt.Sprint(workflow.Sleep(parent, time.Hour)))
		return ctx.Err()
	})
	require.Equal(t, []string{"true", "true", "true", "true", "true", "false", "<nil>", "canceled", "canceled"}, got)
}

func TestValues(t *testing.T) {
	type key struct{}
	trace(t, func(ctx wctx, _ func(string)) error {
		with := workflow.WithValue(ctx, key{}, 7)
		child, cancel := workflow.WithCancel(with)
		defer cancel()
		require.Equal(t, 7, child.Value(key{}))
		require.Nil(t, ctx.Value(key{}))
		require.Nil(t, workflow.WithValue(child, key{}, nil).Value(key{}))
		return nil
	})
}

func TestAwait(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		n := 0
		workflow.Go(ctx, func(ctx wctx) {
			for range 3 {
				_ = workflow.Sleep(ctx, time.Second)
				n++
			}
		})
		note(fmt.Sprint(workflow.Await(ctx, func() bool { return n == 2 })))
		ok, err := workflow.AwaitWithTimeout(ctx, time.Hour, func() bool { return n == 3 })
		note(fmt.Sprint(ok, err))
		ok, err = workflow.AwaitWithTimeout(ctx, time.Hour, func() bool { return n == 4 })
		note(fmt.Sprint(ok, err))
		canceled, cancel := workflow.WithCancel(ctx)
		cancel()
		note(fmt.Sprint(workflow.Await(canceled, func() bool { return true })))
		note(fmt.Sprint(workflow.Await(canceled, func() bool { return false })))
		return nil
	})
	require.Equal(t, []string{"<nil>", "true <nil>", "false <nil>", "<nil>", "canceled"}, got)
}

func TestAwaitWithOptions(t *testing.T) {
	w := workflow.Declare[none, bool]("Await")
	env := workflowtest.New(t, workflowtest.Options{}, w.Implement(func(ctx wctx, _ none) (bool, error) {
		return workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: time.Hour, TimerOptions: workflow.TimerOptions{Summary: "the deadline"},
		}, func() bool { return false })
	}))
	met, err := workflowtest.Execute(env, w, none{})
	require.NoError(t, err)
	require.False(t, met)
	started := env.History().GetEvents()[4]
	require.Equal(t, `"the deadline"`, string(started.GetUserMetadata().GetSummary().GetData()))
	require.Equal(t, time.Hour, started.GetTimerStartedEventAttributes().GetStartToFireTimeout().AsDuration())
}

func TestFutures(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		a, setA := workflow.NewFuture[int](ctx)
		b, setB := workflow.NewFuture[int](ctx)
		c, setC := workflow.NewFuture[int](ctx)
		setB.Chain(a)
		workflow.Go(ctx, func(wctx) { setA.Set(7, nil) })
		v, err := b.Get(ctx)
		note(fmt.Sprint(v, err, a.IsReady(), c.IsReady()))
		setC.Chain(b)
		v, err = c.Get(ctx)
		note(fmt.Sprint(v, err))
		require.PanicsWithValue(t, "a future was set twice: set it once, or make a new one", func() { setA.SetError(nil) })
		require.Panics(t, func() { workflow.NewWaitGroup(ctx).Done() })
		return nil
	})
	require.Equal(t, []string{"7 <nil> true false", "7 <nil>"}, got)
}

func TestAllFutures(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		none, err := workflow.All[int](ctx).Get(ctx)
		note(fmt.Sprint(none, err))
		a, setA := workflow.NewFuture[int](ctx)
		b, setB := workflow.NewFuture[int](ctx)
		setB.SetValue(2)
		all := workflow.All(ctx, a, b)
		note(fmt.Sprint(all.IsReady()))
		workflow.Go(ctx, func(wctx) { setA.SetValue(1) })
		values, err := all.Get(ctx)
		note(fmt.Sprint(values, err))

		c, setC := workflow.NewFuture[int](ctx)
		d, setD := workflow.NewFuture[int](ctx)
		all = workflow.All(ctx, a, c, d)
		setD.SetError(errors.New("d"))
		note(fmt.Sprint(all.IsReady()))
		setC.SetError(errors.New("c"))
		_, err = all.Get(ctx)
		note(fmt.Sprint(err))
		return nil
	})
	require.Equal(t, []string{"[] <nil>", "false", "[1 2] <nil>", "true", "d"}, got)
}

func TestRandomNumbersAreTheRuns(t *testing.T) {
	ids := trace(t, func(ctx wctx, note func(string)) error {
		note(workflow.NewUUID(ctx))
		note(workflow.NewUUID(ctx))
		return workflow.Sleep(ctx, time.Second) // two tasks, so that the replay draws them again
	})
	require.NotEqual(t, ids[0], ids[1])
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, ids[0])
}

func TestInfo(t *testing.T) {
	trace(t, func(ctx wctx, _ func(string)) error {
		info := workflow.GetInfo(ctx)
		require.Equal(t, "Trace", info.WorkflowType)
		require.Equal(t, "test-workflow", info.WorkflowID)
		require.Equal(t, int32(1), info.Attempt)
		require.Equal(t, int64(3), info.HistoryLength)
		require.True(t, info.RunDeadline.IsZero())
		return nil
	})
}
