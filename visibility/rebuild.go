package visibility

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/visibility/index"
)

// rebuild fills an index with what the logs no longer tell, in two parts.
//
// First a helper scans OPEN and then HISTORY, each to its end. Meanwhile the logs are followed from where they began (from), for
// the runs that begin there alone: a change of any other would have no row to go to, or one that does not know the changes
// before it.
//
// Then the logs are read again from where they began, with all changes. What a row knows already does nothing to it. If they
// were cut behind that meanwhile, what they lack is at rest behind what was scanned, and it all begins again from there. An
// index of which this was interrupted by the process's end is made anew, and so is one that was overtaken by a cut of what was never
// read: of what was deleted there, nothing is left.
type rebuild struct {
	began time.Time
	from  []uint64
	// read is how far the logs were read, in either part and before it began again.
	read []uint64
	// until is how far the logs have to be read for the second time; nil during the first part.
	until []uint64
	// cancel ends the scan; nil while there is none.
	cancel context.CancelFunc
	// deleted are the runs that were deleted meanwhile. The scan may have met them before that, and brought them behind it.
	deleted map[string]struct{}
}

// beginRebuild begins with the first part, on an empty index or once more.
func (r *reader) beginRebuild(logs []stream.State, open, closed stream.State) {
	next := &rebuild{began: time.Now(), deleted: map[string]struct{}{}}
	if r.rebuild != nil {
		next.began, next.deleted, next.read = r.rebuild.began, r.rebuild.deleted, r.rebuild.read
		r.rebuild.stopScan()
	} else {
		r.positions = index.Positions{}
		for _, state := range logs {
			next.read = append(next.read, state.First-1)
		}
		r.logger.Info().Uint64("open", open.Messages).Uint64("closed", closed.Messages).
			Msg("the index of workflows is rebuilt from what is at rest: until that is done, lists say that they are behind")
	}
	r.progress.setPartial(next.began, nil)
	// What is not there any more is none that could be missed.
	r.positions.Open, r.positions.History = max(r.positions.Open, open.First-1), max(r.positions.History, closed.First-1)
	for _, state := range logs {
		next.from = append(next.from, state.First)
	}
	r.rebuild, r.batch.only, r.batch.gone = next, map[string]struct{}{}, next.deleted
	r.follow(func(shard int) (uint64, uint64) { return next.from[shard], 0 })
	r.startScan()
}

func (b *rebuild) stopScan() {
	if b.cancel != nil {
		b.cancel()
	}
}

// startScan has a helper scan from where the index has scanned to.
func (r *reader) startScan() {
	of := r.rebuild
	s := &scan{reader: r, of: of, open: r.positions.Open, history: r.positions.History, batch: newBatch()}
	ctx, cancel := context.WithCancel(r.ctx)
	of.cancel = cancel
	r.help(func() func(context.Context) error {
		err := s.run(ctx)
		cancel()
		return func(context.Context) error { return r.scanEnded(of, err) }
	})
}

// scanEnded begins the second part, or the scan again where it has failed.
func (r *reader) scanEnded(of *rebuild, err error) error {
	if r.rebuild != of {
		return nil
	}
	of.cancel = nil
	if err != nil {
		return err
	}
	of.until = r.reached()
	r.batch.only = nil
	r.follow(func(shard int) (uint64, uint64) { return of.from[shard], 0 })
	return nil
}

// rebuilding goes on with a rebuild, and ends it when the logs are read up to reached for the second time.
func (r *reader) rebuilding(ctx context.Context, reached []uint64) error {
	of := r.rebuild
	for shard := range of.read {
		of.read[shard] = max(of.read[shard], reached[shard])
	}
	if of.until == nil {
		if of.cancel == nil {
			r.startScan()
		}
		return nil
	}
	if !covers(reached, of.until) {
		return nil
	}
	maps.Copy(r.batch.deleted, of.deleted)
	r.rebuild = nil                               // so that the logs' positions are written
	if err := r.write(ctx, r.batch); err != nil { // from now on it is whole
		return err
	}
	r.rebuilt()
	r.logger.Info().Dur("took", time.Since(of.began)).Msg("the index of workflows is rebuilt")
	return nil
}

// overtaken tells whether a log begins behind what was read of it.
func (b *rebuild) overtaken(logs []stream.State) bool {
	for shard, state := range logs {
		if state.First > b.read[shard]+1 {
			return true
		}
	}
	return false
}

// rebuilt is when no run is missing but those that the logs tell of.
func (r *reader) rebuilt() {
	if r.rebuild != nil {
		r.rebuild.stopScan()
	}
	r.rebuild, r.batch.only, r.batch.gone = nil, nil, nil
	r.progress.setPartial(time.Time{}, slices.Clone(r.ends))
}

// covers tells whether all of reached are at or behind those of until.
func covers(reached, until []uint64) bool {
	for shard := range until {
		if reached[shard] < until[shard] {
			return false
		}
	}
	return true
}
