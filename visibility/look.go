package visibility

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/perdure/perdure/history/stream"
)

const (
	lookTimeout = 5 * time.Second
	// expireRows is how many rows are removed at a time.
	expireRows = 1000
)

// look is when the streams were last looked at, and what was seen.
type look struct {
	last    time.Time
	running bool
	// noting says that the index is to be told how far the logs were read, also if nothing else has changed.
	noting bool
	// expiring says that there may be more rows whose retention is over.
	expiring bool
}

// lookAround has a helper ask the streams' leaders how far they go: another process may have written.
func (r *reader) lookAround() {
	if r.look.running || time.Since(r.look.last) < r.config.Look {
		return
	}
	r.look.running, r.look.last, r.look.expiring = true, time.Now(), true
	r.help(func() func(context.Context) error {
		ctx, cancel := context.WithTimeout(r.ctx, lookTimeout)
		defer cancel()
		logs, err := r.extents(ctx)
		return func(context.Context) error {
			r.look.running = false
			if err != nil {
				return err
			}
			return r.looked(logs)
		}
	})
}

// looked takes what a helper has seen.
func (r *reader) looked(logs []stream.State) error {
	if now, err := os.Stat(r.path); err != nil || !os.SameFile(now, r.file) {
		return fmt.Errorf("%w: its file was removed", errAnew)
	}
	if r.followers == nil {
		return nil
	}
	for shard, reached := range r.reached() {
		end := logs[shard].Last
		if reached > end && r.ends[shard] > end {
			return fmt.Errorf("%w: log %d ends at %d and was read up to %d", errAnew, shard, end, reached)
		}
		r.ends[shard] = max(r.ends[shard], end)
	}
	r.look.noting = true
	return nil
}

// passed is when the logs were read up to reached.
func (r *reader) passed(ctx context.Context, reached []uint64) error {
	if r.rebuild != nil {
		return r.rebuilding(ctx, reached)
	}
	if !r.look.noting || slices.Equal(reached, r.positions.Logs) {
		return nil
	}
	r.look.noting = false
	return r.write(ctx, r.batch)
}

// expire removes rows of runs that HISTORY no longer has, some at a time: until a listing waits, and for half of the time, since
// as many may go as come.
func (r *reader) expire(ctx context.Context) error {
	if !r.look.expiring {
		return nil
	}
	began := time.Now()
	retention := r.settings.Retention
	if now, err := r.config.Namespaces.Current(r.name()); err == nil {
		retention = now.Retention
	}
	for {
		removed, err := r.store.Expire(ctx, time.Now().Add(-retention), expireRows)
		if err != nil {
			return indexError{fmt.Errorf("removing what retention is over for: %w", err)}
		}
		r.look.expiring = removed == expireRows
		if !r.look.expiring || len(r.wake) > 0 || time.Since(began) > r.config.Every/2 {
			return nil
		}
	}
}
