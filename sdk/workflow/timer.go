package workflow

import "time"

// Now is the time at which the present workflow task started, or, if that is later, a local activity ended: the same on
// every replay. It stands still until the code blocks.
func Now(ctx Context) time.Time { return ctx.run().env.Now() }

// TimerOptions says more about a timer.
type TimerOptions struct {
	// Summary is shown beside the timer in user interfaces.
	Summary string
}

// NewTimer starts a timer. The future is ready when it fires, or with a *failure.CanceledError when
// ctx is cancelled. It survives restarts and may last for years. A duration of zero or less fires at once
// and leaves no trace in the history.
func NewTimer(ctx Context, d time.Duration) Future[None] {
	return newTimer(ctx, d, "")
}

// NewTimerWithOptions is [NewTimer] with options.
func NewTimerWithOptions(ctx Context, d time.Duration, o TimerOptions) Future[None] {
	return newTimer(ctx, d, o.Summary)
}

// Sleep blocks for a time; the error is a *failure.CanceledError if ctx is cancelled first.
func Sleep(ctx Context, d time.Duration) error {
	_, err := newTimer(ctx, d, "Sleep").Get(ctx)
	return err
}

func newTimer(ctx Context, d time.Duration, summary string) Future[None] {
	if d <= 0 {
		f := &future[None]{}
		f.SetValue(None{})
		return f
	}
	return ctx.run().outbound.NewTimer(ctx, &NewTimerInput{Duration: d, Summary: summary})
}

func (outbound) NewTimer(ctx Context, in *NewTimerInput) Future[None] {
	f := &future[None]{}
	forget := func() {}
	cancel := ctx.run().env.StartTimer(in.Duration, in.Summary, func(err error) {
		forget()
		f.Set(None{}, err)
	})
	forget = ctx.scope().onCancel(cancel)
	return f
}
