package workflow

import (
	"time"

	"github.com/perdure/perdure/sdk/internal/engine"
)

// Await blocks until condition returns true. The condition is asked whenever the workflow might have
// changed; it must only read. The error is a *failure.CanceledError if ctx is cancelled first.
func Await(ctx Context, condition func() bool) error {
	met := asking(ctx, condition)
	if met() {
		return nil
	}
	held := false
	ctx.run().env.Park("a condition", func() bool {
		held = met()
		return held || ctx.Err() != nil
	})
	if held {
		return nil
	}
	return ctx.Err()
}

// AwaitOptions say more about a wait.
type AwaitOptions struct {
	// Timeout limits the wait. Zero or less lets it end at once, met or not.
	Timeout time.Duration
	// TimerOptions are of the timer that the limit is.
	TimerOptions TimerOptions
}

// AwaitWithTimeout is [Await] with a limit; ok is false if it has passed.
func AwaitWithTimeout(ctx Context, timeout time.Duration, condition func() bool) (ok bool, err error) {
	return AwaitWithOptions(ctx, AwaitOptions{timeout, TimerOptions{"AwaitWithTimeout"}}, condition)
}

// AwaitWithOptions is [AwaitWithTimeout] with options.
func AwaitWithOptions(ctx Context, o AwaitOptions, condition func() bool) (ok bool, err error) {
	met := asking(ctx, condition)
	tidy := ctx.run().env.UseFlag(engine.FlagAwaitCancelsTimer)
	if tidy && met() {
		return true, nil
	}
	timerCtx, cancelTimer := WithCancel(ctx)
	timer := newTimer(timerCtx, o.Timeout, o.TimerOptions.Summary)
	held := false
	ctx.run().env.Park("a condition, with a time-out", func() bool {
		held = met()
		return held || ctx.Err() != nil || timer.IsReady()
	})
	switch {
	case held:
		if tidy {
			cancelTimer()
		}
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	default:
		return false, nil
	}
}

// asking wraps a condition so that it can only read.
func asking(ctx Context, condition func() bool) func() bool {
	return func() (met bool) {
		ctx.run().env.ReadOnly("an Await condition", func() { met = condition() })
		return met
	}
}
