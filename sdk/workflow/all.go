package workflow

// All makes one future of several. It is ready with their values, in the order of the arguments, when
// all of them are, or with the error of the first that ends with one, as soon as it does; the others
// go on.
func All[T any](_ Context, futures ...Future[T]) Future[[]T] {
	all := &future[[]T]{}
	values, left := make([]T, len(futures)), len(futures)
	if left == 0 {
		all.SetValue(values)
	}
	for i, f := range futures {
		whenReady(f, func(value T, err error) {
			values[i] = value
			left--
			switch {
			case all.ready:
			case err != nil:
				all.SetError(err)
			case left == 0:
				all.SetValue(values)
			}
		})
	}
	return all
}

// whenReady calls fn with what the future has, now or when it is ready.
func whenReady[T any](f Future[T], fn func(T, error)) {
	take := func() { fn(f.Get(nil)) } // it is ready: Get does not block
	if f.IsReady() {
		take()
		return
	}
	f.watch(func(func()) bool { take(); return true })
}
