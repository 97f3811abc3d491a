package visibility

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/visibility/index"
)

// open finds the streams, and begins to follow the logs: where the index ends, or, of an empty one, where they begin.
func (r *reader) open(ctx context.Context) error {
	if r.followers != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if err := r.find(ctx); err != nil {
		return err
	}
	known, is, err := r.store.Positions(ctx)
	if err != nil {
		return indexError{fmt.Errorf("reading the positions of the index: %w", err)}
	}
	logs, err := r.extents(ctx)
	if err != nil {
		return err
	}
	open, closed, err := r.rests.Extents(ctx)
	if err != nil {
		return err
	}
	for shard, state := range logs {
		r.ends[shard] = state.Last
	}
	r.batch.clear()
	switch {
	case r.rebuild != nil && r.rebuild.overtaken(logs):
		return fmt.Errorf("%w: the logs were cut behind %v while it was rebuilt", errAnew, r.rebuild.read)
	case r.rebuild != nil:
		r.beginRebuild(logs, open, closed) // again: the logs were cut meanwhile
	case is && !continues(known, logs):
		return fmt.Errorf("%w: it knows them up to %v", errAnew, known.Logs)
	case !is && slices.ContainsFunc(logs, func(s stream.State) bool { return s.First > 1 }):
		r.beginRebuild(logs, open, closed)
	case is:
		r.goOn(func(shard int) (uint64, uint64) { return known.Logs[shard] + 1, known.Epochs[shard] })
	default:
		r.goOn(func(int) (uint64, uint64) { return 1, 0 })
	}
	return nil
}

// goOn follows the logs from there, for an index that lacks nothing else.
func (r *reader) goOn(from func(shard int) (sequence, epoch uint64)) {
	r.follow(from)
	r.progress.set(r.reached(), nil, time.Time{})
	r.rebuilt()
}

// continues tells whether the logs go on where an index ends. If they begin behind that, what is missing is at rest,
// but for what was deleted there, of which nothing is left; and if they end before it, they were put back from a
// backup. An index whose rebuild was interrupted knows no positions.
func continues(known index.Positions, logs []stream.State) bool {
	if len(known.Logs) != len(logs) || len(known.Epochs) != len(logs) {
		return false
	}
	for shard, state := range logs {
		if at := known.Logs[shard]; at+1 < state.First || at > state.Last {
			return false
		}
	}
	return true
}

// find opens the streams, the first time.
func (r *reader) find(ctx context.Context) error {
	if r.rests != nil {
		return nil
	}
	var logs []*log.Log
	for shard := range r.settings.Shards {
		l, err := log.Open(ctx, r.settings.Log(r.config.JetStream, r.config.Names, shard))
		if err != nil {
			return err
		}
		logs = append(logs, l)
	}
	rests, err := rest.Open(ctx, r.settings.Rest(r.config.JetStream, r.config.Names))
	if err != nil {
		return err
	}
	r.logs, r.rests, r.ends = logs, rests, make([]uint64, len(logs))
	return nil
}

// extents are where the logs begin and end, by their leaders.
func (r *reader) extents(ctx context.Context) ([]stream.State, error) {
	states := make([]stream.State, len(r.logs))
	for shard, l := range r.logs {
		var err error
		if states[shard], err = l.State(ctx); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// follow reads each log from the sequence on that is given with the highest epoch before it.
func (r *reader) follow(from func(shard int) (sequence, epoch uint64)) {
	r.followers = make([]*log.Follower, len(r.logs))
	for shard, l := range r.logs {
		r.followers[shard] = l.Follow(from(shard))
	}
	r.notePositions()
}
