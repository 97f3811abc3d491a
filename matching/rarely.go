package matching

import (
	"sync"
	"time"
)

// rarely lets something be said at most once a minute.
type rarely struct {
	mu   sync.Mutex
	last time.Time
}

func (r *rarely) now() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.last) < time.Minute {
		return false
	}
	r.last = time.Now()
	return true
}
