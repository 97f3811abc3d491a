package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestSelectorTakesTheFirstAddedOfTheReady(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		a, setA := workflow.NewFuture[int](ctx)
		b, setB := workflow.NewFuture[int](ctx)
		s := workflow.NewSelector(ctx).
			AddFuture(a, func() { note("a") }).
			AddFuture(b, func() { note("b") }).
			AddDefault(func() { note("default") })
		s.Select(ctx)
		setB.SetValue(2)
		setA.SetValue(1)
		note(fmt.Sprint(s.HasPending()))
		s.Select(ctx)
		s.Select(ctx)
		s.Select(ctx)
		note(fmt.Sprint(s.HasPending()))
		return nil
	})
	require.Equal(t, []string{"default", "true", "a", "b", "default", "false"}, got)
}

func TestSelectorTakesWhatHappensFirst(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewChannel[string](ctx)
		f, set := workflow.NewFuture[int](ctx)
		workflow.Go(ctx, func(ctx wctx) {
			// All before the selector's next turn.
			c.Send(ctx, "x")
			set.SetValue(1)
			note("both")
		})
		s := workflow.NewSelector(ctx).
			AddFuture(f, func() { note("future") }).
			AddReceive(c, func() { v, _ := c.Receive(ctx); note("received " + v) })
		s.Select(ctx)
		s.Select(ctx)
		return nil
	})
	require.Equal(t, []string{"both", "received x", "future"}, got)
}

func TestSelectedValueIsNotLost(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewBufferedChannel[string](ctx, 1)
		workflow.Go(ctx, func(ctx wctx) {
			c.Send(ctx, "x")
			// The selector was promised the value; it is not there for others.
			_, ok := c.ReceiveAsync()
			note(fmt.Sprint("stolen ", ok))
		})
		workflow.NewSelector(ctx).AddReceive(c, func() { note("selected") }).Select(ctx)
		v, _ := c.Receive(ctx)
		note(v)
		return nil
	})
	require.Equal(t, []string{"stolen false", "selected", "x"}, got)
}

func TestSelectorForgetsTheLosers(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewBufferedChannel[string](ctx, 1)
		for range 3 {
			workflow.NewSelector(ctx).
				AddReceive(c, func() { note("received") }).
				AddFuture(workflow.NewTimer(ctx, time.Second), func() { note("timer") }).
				Select(ctx)
		}
		c.Send(ctx, "x")
		v, _ := c.Receive(ctx)
		note(v)
		c.Close()
		workflow.NewSelector(ctx).AddReceive(c, func() {
			_, more := c.Receive(ctx)
			note(fmt.Sprint("more ", more))
		}).Select(ctx)
		return nil
	})
	require.Equal(t, []string{"timer", "timer", "timer", "x", "more false"}, got)
}

func TestSelectorSends(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewBufferedChannel[string](ctx, 1)
		other := workflow.NewChannel[string](ctx)
		s := workflow.NewSelector(ctx).
			AddSend(c.Sending("x"), func() { note("sent x") }).
			AddSend(other.Sending("y"), func() { note("sent y") })
		require.True(t, s.HasPending())
		s.Select(ctx)
		require.False(t, s.HasPending(), "it is full, and nobody receives")
		workflow.Go(ctx, func(ctx wctx) {
			v, _ := other.Receive(ctx)
			note("received " + v)
		})
		s.Select(ctx) // waits until somebody receives
		v, _ := c.Receive(ctx)
		note("received " + v)
		require.Zero(t, c.Len(), "the sending that lost is forgotten")
		return nil
	})
	require.Equal(t, []string{"sent x", "received y", "sent y", "received x"}, got)
}

func TestSelectorsThatSendToEachOther(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewChannel[int](ctx)
		never := workflow.NewChannel[int](ctx)
		group := workflow.NewWaitGroup(ctx)
		for i := range 2 {
			group.Go(ctx, func(ctx wctx) {
				workflow.NewSelector(ctx).AddReceive(never, nil).AddSend(c.Sending(i), func() { note(fmt.Sprint("sent ", i)) }).Select(ctx)
			})
			group.Go(ctx, func(ctx wctx) {
				workflow.NewSelector(ctx).AddReceive(never, nil).AddReceive(c, func() { v, _ := c.Receive(ctx); note(fmt.Sprint("received ", v)) }).Select(ctx)
			})
		}
		group.Wait(ctx)
		return nil
	})
	require.ElementsMatch(t, []string{"sent 0", "received 0", "sent 1", "received 1"}, got)
}

func TestSelectorSendsToAClosedChannel(t *testing.T) {
	trace(t, func(ctx wctx, _ func(string)) error {
		c := workflow.NewChannel[int](ctx)
		workflow.Go(ctx, func(wctx) { c.Close() })
		s := workflow.NewSelector(ctx).AddSend(c.Sending(1), nil)
		require.Panics(t, func() { s.Select(ctx) }, "it is closed meanwhile")
		require.Panics(t, func() { s.Select(ctx) }, "it is closed")
		return nil
	})
}

func TestNamesShowInStackTraces(t *testing.T) {
	w := workflow.Declare[none, none]("Stuck")
	env := workflowtest.New(t, workflowtest.Options{}, w.Implement(func(ctx wctx, _ none) (none, error) {
		c := workflow.NewNamedChannel[int](ctx, "numbers")
		workflow.GoNamed(ctx, "reader", func(ctx wctx) { c.Receive(ctx) })
		workflow.NewNamedSelector(ctx, "either").AddReceive(ctx.Done(), nil).Select(ctx)
		return none{}, nil
	}))
	_, err := workflowtest.Execute(env, w, none{})
	require.ErrorIs(t, err, workflowtest.ErrBlocked)
	require.ErrorContains(t, err, "selector either")
	require.ErrorContains(t, err, "receiving from numbers")
}
