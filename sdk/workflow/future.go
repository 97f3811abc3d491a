package workflow

// Future is a value or an error that will come.
type Future[T any] interface {
	// Get blocks until the future is ready. Cancelling ctx does not end the wait: it is up to what
	// the future stands for to become ready then.
	Get(ctx Context) (T, error)
	// IsReady tells whether Get returns at once.
	IsReady() bool

	selectable
}

// Settable is the other end of a future made by [NewFuture].
type Settable[T any] interface {
	// Set makes the future ready, with a value or an error. Setting it twice panics.
	Set(value T, err error)
	// SetValue makes the future ready with a value.
	SetValue(value T)
	// SetError makes the future ready with an error.
	SetError(err error)
	// Chain makes the future ready when another is, with the same.
	Chain(f Future[T])
}

// NewFuture makes a future and its other end.
func NewFuture[T any](Context) (Future[T], Settable[T]) {
	f := &future[T]{}
	return f, f
}

type future[T any] struct {
	ready   bool
	value   T
	err     error
	waiters waiters
}

func (f *future[T]) Get(ctx Context) (T, error) {
	if !f.ready {
		ctx.run().env.Park("a future", f.IsReady)
	}
	return f.value, f.err
}

func (f *future[T]) IsReady() bool { return f.ready }

func (f *future[T]) Set(value T, err error) {
	if f.ready {
		panic("a future was set twice: set it once, or make a new one")
	}
	f.ready, f.value, f.err = true, value, err
	f.waiters.fire()
}

func (f *future[T]) SetValue(value T) { f.Set(value, nil) }

func (f *future[T]) SetError(err error) {
	var zero T
	f.Set(zero, err)
}

func (f *future[T]) Chain(other Future[T]) { whenReady(other, f.Set) }

func (f *future[T]) selectReady() bool { return f.ready }

func (f *future[T]) watch(fire func(func()) bool) (forget func()) {
	return f.waiters.add(func() { fire(func() {}) })
}
