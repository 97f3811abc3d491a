package visibility

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/stream"
)

// readTimeout is how long one reading of a log may take.
const readTimeout = 5 * time.Second

// catchUp reads the logs as far as they go, and writes what they say to the index.
func (r *reader) catchUp(ctx context.Context) error {
	if r.followers == nil {
		return nil
	}
	asked := time.Now()
	targets := r.targets()
	failed := r.readLogs(ctx, targets)
	if ofIndex(failed) {
		return failed
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	reached := r.reached()
	r.progress.set(reached, targets, asked)
	if err := r.passed(ctx, reached); err != nil {
		return err
	}
	return failed
}

// readLogs reads each log up to its target. One that cannot be read does not keep the others, unless it was lost: all are
// then followed anew.
func (r *reader) readLogs(ctx context.Context, targets []uint64) error {
	var failed error
	for shard, f := range r.followers {
		if reached, _ := f.Position(); reached >= targets[shard] {
			continue
		}
		err := r.readLog(ctx, f, targets[shard])
		if ofIndex(err) || errors.Is(err, stream.ErrLost) {
			return err
		}
		if err != nil {
			failed = err
		}
	}
	return failed
}

// targets are how far the logs are known to go.
func (r *reader) targets() []uint64 {
	targets := slices.Clone(r.ends)
	for shard, position := range r.config.Positions.Positions(r.name()) {
		if shard < len(targets) {
			targets[shard] = max(targets[shard], position)
		}
	}
	return targets
}

// readLog reads a log into the batch, which is written whenever it is full.
func (r *reader) readLog(ctx context.Context, f *log.Follower, through uint64) error {
	reading, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return f.Read(reading, through, func(sequence uint64, frame []byte) error {
		if err := r.batch.frame(sequence, frame); err != nil {
			r.troubles.Error().Err(err).Uint64("sequence", sequence).Msg("a frame of the log cannot be read: the index of workflows lacks what it says")
		}
		if r.batch.size() < batchRows {
			return nil
		}
		return r.flush(ctx)
	})
}

// reached are how far the logs were read.
func (r *reader) reached() []uint64 {
	reached := make([]uint64, len(r.followers))
	for shard, f := range r.followers {
		reached[shard], _ = f.Position()
	}
	return reached
}
