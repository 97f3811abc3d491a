package history

import (
	"context"
	"sync"
	"sync/atomic"
)

// atOnce calls do for each number below count, at most limit of them at a time and in no order, and
// waits for all. After the first error, which it returns, it begins no more, and the context of the
// others ends.
func atOnce(ctx context.Context, limit, count int, do func(ctx context.Context, n int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(limit, count) {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(count) && ctx.Err() == nil; n = next.Add(1) - 1 {
				if err := do(ctx, int(n)); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
