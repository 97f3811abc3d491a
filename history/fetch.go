package history

import "context"

// fetched is what a helper has found out for a request.
type fetched struct {
	request *request
	id      string
	// then goes on with it on the loop.
	then func(e *entry)
}

// fetch has a helper read what a request needs, and goes on with it unless the request is gone by then. The entry stays
// in memory until then, but may have changed.
func (l *loop) fetch(e *entry, r *request, read func(context.Context) (then func(e *entry))) {
	e.pins++
	id := e.ID
	l.help(func() any {
		ctx, cancel := l.during(r.ctx)
		defer cancel()
		return &fetched{r, id, read(ctx)}
	})
}

func (l *loop) fetched(f *fetched) {
	e := l.active[f.id]
	e.pins--
	if !f.request.gone() {
		f.then(e)
	}
}
