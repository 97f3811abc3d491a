package gateway

import (
	"context"
	"sync"
	"time"
)

// share says how much longer than its time-out a context may last: a sixteenth.
const share = 16

// deadlines gives out contexts that end after a time-out, or at most a sixteenth of it
// later. Requests that come at about the same time share one: a context and a timer for each
// were measured to be 4 % of a server's CPU (bench, W2).
type deadlines struct {
	parent  context.Context
	timeout time.Duration

	mu      sync.Mutex // guards what follows
	current context.Context
	until   time.Time // when the next context is made
}

func newDeadlines(parent context.Context, timeout time.Duration) *deadlines {
	return &deadlines{parent: parent, timeout: timeout}
}

// context is one that ends in time, or with the parent.
func (d *deadlines) context() context.Context {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current == nil || !now.Before(d.until) {
		d.until = now.Add(d.timeout / share)
		ctx, cancel := context.WithDeadline(d.parent, d.until.Add(d.timeout))
		context.AfterFunc(ctx, cancel) // it ends by itself, or with its parent
		d.current = ctx
	}
	return d.current
}
