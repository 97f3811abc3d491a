package visibility

import (
	"context"
	"fmt"
	"os"
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
	// What of OPEN and HISTORY stands up to open and history is in the logs up to ends: whoever has read these needs
	// none of it. ends is nil when that is noted.
	ends          []uint64
	open, history uint64
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
		open, history, err := r.rests.Extents(ctx)
		var logs []stream.State
		if err == nil {
			logs, err = r.extents(ctx) // after the others: what is at rest was in a log before
		}
		return func(context.Context) error {
			r.look.running = false
			if err != nil {
				return err
			}
			return r.looked(logs, open, history)
		}
	})
}

// looked takes what a helper has seen.
func (r *reader) looked(logs []stream.State, open, history stream.State) error {
	if now, err := os.Stat(r.path); err != nil || !os.SameFile(now, r.file) {
		return fmt.Errorf("%w: its file was removed", errAnew)
	}
	if r.followers == nil {
		return nil
	}
	ends := make([]uint64, len(logs))
	for shard, reached := range r.reached() {
		if ends[shard] = logs[shard].Last; reached > ends[shard] && r.ends[shard] > ends[shard] {
			return fmt.Errorf("%w: log %d ends at %d and was read up to %d", errAnew, shard, ends[shard], reached)
		}
		r.ends[shard] = max(r.ends[shard], ends[shard])
	}
	r.look.ends, r.look.open, r.look.history = ends, open.Last, history.Last
	return nil
}

// passed is when the logs were read up to reached.
func (r *reader) passed(ctx context.Context, reached []uint64) error {
	if r.rebuild != nil {
		return r.rebuilding(ctx, reached)
	}
	if r.look.ends == nil || !covers(reached, r.look.ends) {
		return nil
	}
	r.look.ends = nil
	r.positions.Open, r.positions.History = max(r.positions.Open, r.look.open), max(r.positions.History, r.look.history)
	return r.write(ctx, r.batch)
}

// expire removes rows of runs that HISTORY no longer has, some at a time.
func (r *reader) expire(ctx context.Context) error {
	if !r.look.expiring {
		return nil
	}
	retention := r.settings.Retention
	if now, err := r.config.Namespaces.Current(r.name()); err == nil {
		retention = now.Retention
	}
	removed, err := r.store.Expire(ctx, time.Now().Add(-retention), expireRows)
	if err != nil {
		return indexError{fmt.Errorf("removing what retention is over for: %w", err)}
	}
	r.look.expiring = removed == expireRows
	return nil
}
