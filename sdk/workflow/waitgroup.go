package workflow

// WaitGroup waits for a number of things to be done. Make it with [NewWaitGroup].
type WaitGroup struct{ open int }

// NewWaitGroup makes a wait group that waits for nothing yet.
func NewWaitGroup(Context) *WaitGroup { return &WaitGroup{} }

// Add adds n to what is waited for; n may be negative.
func (w *WaitGroup) Add(n int) {
	w.open += n
	if w.open < 0 {
		panic("a WaitGroup has more Done than Add: call Add before starting what calls Done")
	}
}

// Done takes one off.
func (w *WaitGroup) Done() { w.Add(-1) }

// Go runs fn in a coroutine and waits for it, too: Add, [Go] and Done in one.
func (w *WaitGroup) Go(ctx Context, fn func(ctx Context)) {
	w.Add(1)
	Go(ctx, func(ctx Context) {
		defer w.Done()
		fn(ctx)
	})
}

// Wait blocks until nothing is left to wait for.
func (w *WaitGroup) Wait(ctx Context) {
	if w.open > 0 {
		ctx.run().env.Park("a wait group", func() bool { return w.open == 0 })
	}
}
