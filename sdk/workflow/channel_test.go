package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/workflow"
)

func TestUnbufferedChannelHandsOver(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewChannel[int](ctx)
		require.False(t, c.SendAsync(0), "nobody receives")
		workflow.Go(ctx, func(ctx wctx) {
			for i := range 3 {
				c.Send(ctx, i)
				note(fmt.Sprint("sent ", i))
			}
			c.Close()
		})
		for {
			v, more := c.Receive(ctx)
			if !more {
				return nil
			}
			note(fmt.Sprint("received ", v))
		}
	})
	require.Equal(t, []string{"sent 0", "received 0", "received 1", "sent 1", "sent 2", "received 2"}, got)
}

func TestBufferedChannelBlocksWhenFull(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewNamedBufferedChannel[int](ctx, "numbers", 2)
		require.Equal(t, "numbers", c.Name())
		workflow.Go(ctx, func(ctx wctx) {
			for i := range 4 {
				c.Send(ctx, i)
				note(fmt.Sprint("sent ", i))
			}
		})
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return err
		}
		require.Equal(t, 3, c.Len(), "two in the buffer and one in the sender's hand")
		for range 4 {
			v, _ := c.Receive(ctx)
			note(fmt.Sprint("received ", v))
		}
		return nil
	})
	require.Equal(t, []string{"sent 0", "sent 1", "received 0", "received 1", "received 2", "sent 2", "sent 3", "received 3"}, got)
}

func TestReceiversAreServedInOrder(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewBufferedChannel[string](ctx, 5)
		group := workflow.NewWaitGroup(ctx)
		for _, name := range []string{"first", "second", "third"} {
			group.Add(1)
			workflow.GoNamed(ctx, name, func(ctx wctx) {
				defer group.Done()
				v, more := c.Receive(ctx)
				note(fmt.Sprintf("%s: %q %v", name, v, more))
			})
		}
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return err
		}
		c.Send(ctx, "a")
		c.Send(ctx, "b")
		c.Close()
		group.Wait(ctx)
		return nil
	})
	require.Equal(t, []string{`first: "a" true`, `second: "b" true`, `third: "" false`}, got)
}

func TestReceiveAsync(t *testing.T) {
	trace(t, func(ctx wctx, _ func(string)) error {
		c := workflow.NewBufferedChannel[int](ctx, 1)
		expect := func(value int, ok, more bool) {
			t.Helper()
			v, o, m := c.ReceiveAsyncWithMoreFlag()
			require.Equal(t, []any{value, ok, more}, []any{v, o, m})
		}
		expect(0, false, true)
		c.Send(ctx, 7)
		c.Close()
		expect(7, true, true)
		expect(0, false, false)
		return nil
	})
}

func TestReceiveWithTimeout(t *testing.T) {
	got := trace(t, func(ctx wctx, note func(string)) error {
		c := workflow.NewBufferedChannel[int](ctx, 1)
		_, ok, err := c.ReceiveWithTimeout(ctx, time.Second)
		note(fmt.Sprint(ok, err))
		c.Send(ctx, 7)
		v, ok, err := c.ReceiveWithTimeout(ctx, time.Second)
		note(fmt.Sprint(v, ok, err))
		c.Close()
		_, ok, err = c.ReceiveWithTimeout(ctx, time.Second)
		note(fmt.Sprint(ok, err))
		canceled, cancel := workflow.WithCancel(ctx)
		cancel()
		_, ok, err = workflow.NewChannel[int](ctx).ReceiveWithTimeout(canceled, time.Second)
		note(fmt.Sprint(ok, err))
		return nil
	})
	require.Equal(t, []string{"false <nil>", "7 true <nil>", "false <nil>", "false canceled"}, got)
}
