package worker

import (
	"context"
	"sync"
	"time"

	"github.com/perdure/perdure/internal/deadline"
)

// deadlines gives out contexts for what the service gives a fixed time for: the start of a task, and a workflow
// task. Tasks share them, so that they last up to a sixteenth longer. What comes later than the service
// waits for it is refused, and does no harm.
type deadlines struct {
	parent context.Context

	mu     sync.Mutex // guards what follows
	shared map[time.Duration]*deadline.Shared
}

// mostShared is how many time-outs have shared contexts. Workflows may have any time-out for their tasks, and
// what is shared ends by its deadline alone.
const mostShared = 64

func newDeadlines(parent context.Context) *deadlines {
	return &deadlines{parent: parent, shared: map[time.Duration]*deadline.Shared{}}
}

// within is a context that ends after the time, or with the parent. The caller cancels it when it is done: that
// ends one that is not shared.
func (d *deadlines) within(timeout time.Duration) (context.Context, context.CancelFunc) {
	if s := d.of(timeout); s != nil {
		return s.Context(), func() {}
	}
	return context.WithTimeout(d.parent, timeout)
}

// of is what tasks of the time-out share; nil when others have all the places.
func (d *deadlines) of(timeout time.Duration) *deadline.Shared {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.shared[timeout]
	if s == nil && len(d.shared) < mostShared {
		s = deadline.NewShared(d.parent, timeout)
		d.shared[timeout] = s
	}
	return s
}
