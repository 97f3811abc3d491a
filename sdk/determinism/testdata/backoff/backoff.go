// Package backoff is another module's, whose locks and maps are its own affair.
package backoff

import (
	"context"
	"os"
	"sync"
	"time"
)

var (
	mutex sync.Mutex
	tries = map[string]int{}
)

// Retry sleeps, deep down.
func Retry(fn func() error) error {
	for fn() != nil {
		pause(time.Second)
	}
	return nil
}

func pause(d time.Duration) { time.Sleep(d) }

// Count has a lock, a map and an environment of its own.
func Count() (n int) {
	mutex.Lock()
	defer mutex.Unlock()
	tries[os.Getenv("HOME")]++
	for _, one := range tries {
		n += one
	}
	return n
}

// Acquire waits for who knows what.
func Acquire(ctx context.Context) error { return ctx.Err() }
