package matching

import (
	"context"
	"sync"
)

// link ends what waits for an answer on a connection that has been lost and made anew since: nobody
// will send it, and nats.go waits on. Its methods may be called from any goroutine.
// Unlike sdk/internal/call's, it watches nothing: it is renewed before the keeper is woken, which must find the new generation.
type link struct {
	mu      sync.Mutex // guards the rest
	current context.Context
	end     context.CancelFunc
}

func newLink() *link {
	l := &link{}
	l.current, l.end = context.WithCancel(context.Background())
	return l
}

// renewed says that the connection is back.
func (l *link) renewed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
	l.current, l.end = context.WithCancel(context.Background())
}

// generation is a context that ends when the connection next comes back.
func (l *link) generation() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// bound is a context that ends with ctx, and when the connection next comes back.
func (l *link) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.generation(), cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}
