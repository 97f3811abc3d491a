package temporal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

func TestTimers(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) ([]string, error) {
			var fired []string
			selector := workflow.NewSelector(ctx)
			wait := func(name string, d time.Duration) {
				selector.AddFuture(workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: name}), func(workflow.Future) { fired = append(fired, name) })
			}
			wait("last", 120*time.Millisecond)
			wait("first", 20*time.Millisecond)
			wait("second", 70*time.Millisecond)
			for range 3 {
				selector.Select(ctx)
			}
			start := workflow.Now(ctx)
			if err := workflow.Sleep(ctx, 30*time.Millisecond); err != nil {
				return nil, err
			}
			if slept := workflow.Now(ctx).Sub(start); slept < 30*time.Millisecond {
				fired = append(fired, "too early: "+slept.String())
			}
			return fired, nil
		})
		require.NoError(t, err)
		require.Equal(t, []string{"first", "second", "last"}, got)
	})
}

// A timer that is canceled does not fire, and one that nobody waits for does no harm.
func TestTimerCanceled(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) (bool, error) {
			forgotten, cancel := workflow.WithCancel(ctx)
			timer := workflow.NewTimer(forgotten, time.Hour)
			if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
				return false, err
			}
			workflow.NewTimer(ctx, time.Hour)
			cancel()
			return temporal.IsCanceledError(timer.Get(ctx, nil)), nil
		})
		require.NoError(t, err)
		require.True(t, got)
	})
}

// What comes first decides: a signal, a timer, an activity, a channel of the workflow's own.
func TestSelector(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, selecting, enlarge)
		run := begin(t, c, queue, "play")
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "go", "on"))
		got := resultOf[[]string](t, run)
		require.ElementsMatch(t, []string{"signal on", "activity 3", "channel 7", "timer"}, got)
	})
}

func selecting(ctx workflow.Context) (seen []string, err error) {
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(workflow.GetSignalChannel(ctx, "go"), func(ch workflow.ReceiveChannel, _ bool) {
		var word string
		ch.Receive(ctx, &word)
		seen = append(seen, "signal "+word)
	})
	selector.AddFuture(workflow.ExecuteActivity(quickly(ctx), enlarge, order{Count: 1}, 2), func(f workflow.Future) {
		var o order
		err = f.Get(ctx, &o)
		seen = append(seen, "activity "+string(rune('0'+o.Count)))
	})
	own := workflow.NewChannel(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) { own.Send(ctx, 7) })
	selector.AddReceive(own, func(ch workflow.ReceiveChannel, _ bool) {
		var n int
		ch.Receive(ctx, &n)
		seen = append(seen, "channel "+string(rune('0'+n)))
	})
	selector.AddFuture(workflow.NewTimer(ctx, 50*time.Millisecond), func(workflow.Future) { seen = append(seen, "timer") })
	for len(seen) < 4 {
		selector.Select(ctx)
	}
	return seen, err
}

// Await and its time-out.
func TestAwait(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) (came []bool, err error) {
			ready := false
			workflow.Go(ctx, func(ctx workflow.Context) {
				_ = workflow.Sleep(ctx, 10*time.Millisecond) // canceled only with the workflow
				ready = true
			})
			first, err := workflow.AwaitWithTimeout(ctx, time.Hour, func() bool { return ready })
			if err != nil {
				return nil, err
			}
			second, err := workflow.AwaitWithTimeout(ctx, 10*time.Millisecond, func() bool { return false })
			return []bool{first, second}, err
		})
		require.NoError(t, err)
		require.Equal(t, []bool{true, false}, got)
	})
}
