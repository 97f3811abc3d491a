package visibility

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/visibility/index"
)

// readTimeout is how long one reading of a log may take, and pause how long nothing of the streams is asked for after a failure.
const (
	readTimeout = 5 * time.Second
	pause       = time.Second
)

// reader brings what the streams say into one opened index. Of one goroutine, the projection's; its helpers
// send to it.
type reader struct {
	*projection
	ctx   context.Context //nolint:containedctx // of run, for its helpers
	store *index.Store
	file  fs.FileInfo

	logs      []*log.Log // nil before the streams were found
	rests     *rest.Store
	followers []*log.Follower
	// ends are the last sequences of the logs when their leaders were last asked.
	ends  []uint64
	batch *batch
	// positions are those that the index is told. Logs are empty while runs may be missing.
	positions index.Positions
	rebuild   *rebuild // nil while no run may be missing
	look      look
	// notBefore is when the streams are asked again after a failure.
	notBefore time.Time

	helpers sync.WaitGroup
	// results are what helpers want to be carried out here.
	results chan func(context.Context) error
}

func newReader(p *projection, store *index.Store, file fs.FileInfo) *reader {
	return &reader{projection: p, store: store, file: file, batch: newBatch(), results: make(chan func(context.Context) error)}
}

// indexError is a failure of the index, not of a stream: it is opened again.
type indexError struct{ error }

func (e indexError) Unwrap() error { return e.error }

// run reads until the context ends or the index fails.
func (r *reader) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer r.helpers.Wait()
	defer cancel()
	r.ctx = ctx
	every := time.NewTicker(r.config.Every)
	defer every.Stop()
	for {
		if err := r.step(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-every.C:
		case result := <-r.results:
			if err := r.failed(ctx, result(ctx)); err != nil {
				return err
			}
		}
	}
}

// help has something done beside the reader, which then carries out what it returns.
func (r *reader) help(work func() func(context.Context) error) {
	r.helpers.Go(func() {
		select {
		case r.results <- work():
		case <-r.ctx.Done():
		}
	})
}

// step reads what there is. Its error is the index's: what is wrong with streams is told, and tried again.
func (r *reader) step(ctx context.Context) error {
	if r.damaged.Swap(false) {
		return indexError{index.ErrDamaged}
	}
	if time.Now().Before(r.notBefore) || !r.config.JetStream.Conn().IsConnected() {
		return nil // who connects says that NATS is away
	}
	err := r.open(ctx)
	if err == nil {
		r.lookAround()
		err = r.catchUp(ctx)
	}
	if errors.Is(err, stream.ErrLost) { // cut off, perhaps, before it was read
		r.followers = nil
		err = r.open(ctx)
	}
	if err == nil {
		err = r.expire(ctx)
	}
	return r.failed(ctx, err)
}

// failed tells what went wrong with a stream; what is wrong with the index is returned.
func (r *reader) failed(ctx context.Context, err error) error {
	var ofIndex indexError
	if err == nil || ctx.Err() != nil {
		return nil //nolint:nilerr // it ends
	}
	if errors.As(err, &ofIndex) || errors.Is(err, errAnew) {
		return err
	}
	r.notBefore = time.Now().Add(pause)
	r.troubles.Warn().Err(err).Msg("the index of workflows falls behind: lists say by how much; workflows run on, and it is tried again")
	return nil
}

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
		return nil
	case is && !continues(known, logs):
		return fmt.Errorf("%w: it knows them up to %v", errAnew, known.Logs)
	case !is && slices.ContainsFunc(logs, func(s stream.State) bool { return s.First > 1 }):
		r.beginRebuild(logs, open, closed)
		return nil
	}
	r.follow(func(shard int) (uint64, uint64) {
		if !is {
			return 1, 0
		}
		return known.Logs[shard] + 1, known.Epochs[shard]
	})
	r.progress.set(r.reached(), nil, time.Time{})
	r.rebuilt()
	return nil
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

// catchUp reads the logs as far as they go, and writes what they say to the index.
func (r *reader) catchUp(ctx context.Context) error {
	if r.followers == nil {
		return nil
	}
	asked := time.Now()
	targets := r.targets()
	var failed error
	for shard, f := range r.followers {
		if reached, _ := f.Position(); reached >= targets[shard] {
			continue
		}
		if err := r.readLog(ctx, f, targets[shard]); err != nil {
			var ofIndex indexError
			if errors.As(err, &ofIndex) {
				return err
			}
			failed = err
			if errors.Is(err, stream.ErrLost) {
				break
			}
		}
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

// notePositions has the index told how far the logs are read with what is written next. While runs may be missing it is told of none: who
// opens it then does not take it to be whole.
func (r *reader) notePositions() {
	if r.rebuild != nil {
		r.positions.Logs, r.positions.Epochs = nil, nil
		return
	}
	r.positions.Logs, r.positions.Epochs = make([]uint64, len(r.followers)), make([]uint64, len(r.followers))
	for shard, f := range r.followers {
		r.positions.Logs[shard], r.positions.Epochs[shard] = f.Position()
	}
}

// flush writes the batch, if there is something in it.
func (r *reader) flush(ctx context.Context) error {
	if r.batch.size() == 0 {
		return nil
	}
	return r.write(ctx, r.batch)
}

// write writes a batch with the positions that are reached.
func (r *reader) write(ctx context.Context, b *batch) error {
	r.notePositions()
	content := b.content()
	content.Positions = &r.positions
	if err := r.store.Apply(ctx, content); err != nil {
		return indexError{fmt.Errorf("writing to the index: %w", err)}
	}
	b.clear()
	return nil
}
