package workflow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// party is a coroutine that sends or receives in some way, with pauses.
type party struct{ Way, Count, Pause int }

func parties(rt *rapid.T, what string, ways int) []party {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) party {
		return party{rapid.IntRange(0, ways-1).Draw(rt, "way"), rapid.IntRange(0, 6).Draw(rt, "count"), rapid.IntRange(0, 3).Draw(rt, "pause")}
	}), 1, 5).Draw(rt, what)
}

// send sends a value in one of four ways, and tells what was sent.
func (p party) send(ctx wctx, c, other workflow.Channel[int], value int) []int {
	switch p.Way {
	case 0:
		c.Send(ctx, value)
	case 1:
		if !c.SendAsync(value) {
			return nil
		}
	case 2:
		workflow.NewSelector(ctx).AddSend(c.Sending(value), nil).Select(ctx)
	case 3: // one of two, to the same end
		sent := 0
		workflow.NewSelector(ctx).
			AddSend(c.Sending(value), func() { sent = value }).
			AddSend(other.Sending(-value), func() { sent = -value }).
			AddFuture(workflow.NewTimer(ctx, time.Second), nil).
			Select(ctx)
		if sent == 0 {
			return nil
		}
		return []int{sent}
	}
	return []int{value}
}

// receive takes what comes from both channels until they are closed, in one of three ways.
func (p party) receive(ctx wctx, c, other workflow.Channel[int], take func(int)) {
	pause := func() { _ = workflow.Sleep(ctx, time.Duration(p.Pause)*time.Second) }
	switch p.Way {
	case 0:
		workflow.Go(ctx, func(ctx wctx) {
			for v, more := other.Receive(ctx); more; v, more = other.Receive(ctx) {
				take(v)
			}
		})
		for v, more := c.Receive(ctx); more; v, more = c.Receive(ctx) {
			take(v)
			pause()
		}
	case 1:
		open := 2
		s := workflow.NewSelector(ctx)
		for _, from := range []workflow.Channel[int]{c, other} {
			done := false
			s.AddReceive(from, func() {
				if v, more := from.Receive(ctx); more {
					take(v)
				} else if !done {
					done = true
					open--
				}
			})
		}
		for ; open == 2; pause() { // a closed one would be taken again and again
			s.Select(ctx)
		}
	case 2:
		for {
			v, ok, err := c.ReceiveWithTimeout(ctx, time.Duration(p.Pause+1)*time.Second)
			if err != nil {
				return
			}
			if ok {
				take(v)
				continue
			}
			if v, ok, more := c.ReceiveAsyncWithMoreFlag(); ok {
				take(v)
			} else if !more {
				return
			}
		}
	}
}

// However values are sent and received, each that was sent is received once.
func TestChannelsLoseAndRepeatNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(0, 3).Draw(rt, "size")
		senders, receivers := parties(rt, "senders", 4), parties(rt, "receivers", 3)
		all := workflow.Declare[none, [][]int]("Channels")
		impl := all.Implement(func(ctx wctx, _ none) ([][]int, error) {
			c, other := workflow.NewBufferedChannel[int](ctx, size), workflow.NewChannel[int](ctx)
			var sent, received []int
			sending, receiving := workflow.NewWaitGroup(ctx), workflow.NewWaitGroup(ctx)
			for i, p := range senders {
				sending.Go(ctx, func(ctx wctx) {
					for n := range p.Count {
						sent = append(sent, p.send(ctx, c, other, 100*(i+1)+n)...)
						_ = workflow.Sleep(ctx, time.Duration(p.Pause)*time.Second)
					}
				})
			}
			take := func(v int) { received = append(received, v) }
			for _, p := range append(receivers, party{Way: 0}) { // one at least takes all
				receiving.Go(ctx, func(ctx wctx) { p.receive(ctx, c, other, take) })
			}
			sending.Wait(ctx)
			c.Close()
			other.Close()
			receiving.Wait(ctx)
			return [][]int{sent, received}, nil
		})
		out, err := workflowtest.Execute(workflowtest.New(t, workflowtest.Options{}, impl), all, none{})
		require.NoError(rt, err)
		slices.Sort(out[0])
		slices.Sort(out[1])
		require.Equal(rt, out[0], out[1])
	})
}
