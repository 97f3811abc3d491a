// Package pause waits for a while, for those who try again.
package pause

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends: the error is ctx's then, and nil after the whole of d.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
