package worker

import (
	"context"
	"sync"
	"time"

	"github.com/perdure/perdure/internal/deadline"
)

// deadlines gives out contexts for what the service gives so much time for: whole seconds, rounded up, and at
// most a sixteenth more, so that tasks share them. What comes later than the service
// waits for it is refused, and does no harm.
type deadlines struct {
	parent context.Context

	mu     sync.Mutex // guards what follows
	shared map[time.Duration]*deadline.Shared
}

// mostDeadlines is how many time-outs are remembered.
const mostDeadlines = 64

func newDeadlines(parent context.Context) *deadlines {
	return &deadlines{parent: parent, shared: map[time.Duration]*deadline.Shared{}}
}

// within is a context that ends after the time, or with the parent.
func (d *deadlines) within(timeout time.Duration) context.Context {
	timeout = (timeout + time.Second - 1).Truncate(time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.shared[timeout]
	if s == nil {
		if len(d.shared) >= mostDeadlines {
			clear(d.shared)
		}
		s = deadline.NewShared(d.parent, timeout)
		d.shared[timeout] = s
	}
	return s.Context()
}
