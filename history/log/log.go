package log

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/perdure/perdure/history/stream"
)

// Log is one shard's log. Its methods block on I/O and are safe for concurrent
// use; at most one Writer of it is open at a time.
type Log struct {
	config Config
	stream *stream.Stream
	// kept is the first sequence that this Log knows to be needed, and
	// appended the last that is known to be in it.
	kept, appended atomic.Uint64
}

// Create makes the log's stream and returns when it was made. If the stream
// exists already with the right settings, that is its answer: making a
// namespace can be repeated. Errors: those of package stream.
func Create(ctx context.Context, config Config) (created time.Time, err error) {
	return stream.Create(ctx, config.JetStream, config.streamConfig())
}

// Open finds the log's stream and checks that it is the one that was made,
// with the settings that it must have. It retries time-outs until ctx ends.
// Errors: ErrVersion; ErrMissing, ErrReplaced, ErrSettings, ErrNotEnabled of
// package stream.
func Open(ctx context.Context, config Config) (*Log, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := stream.Open(ctx, config.JetStream, config.streamConfig(), config.Created)
	if err != nil {
		return nil, fmt.Errorf("opening a shard's log: %w", err)
	}
	return &Log{config: config, stream: s}, nil
}

// State is what the leader says of the stream: its first and last sequence
// (First is Last+1 when it is empty), its messages and bytes. It also checks
// that the stream is the one that was made, and that nothing was removed but by
// Cut: ErrMissing, ErrReplaced, ErrLost.
func (l *Log) State(ctx context.Context) (stream.State, error) {
	kept := l.kept.Load()
	state, err := l.stream.State(ctx)
	if err != nil {
		return state, err
	}
	// When another owner has appended it may have cut, too; the next append tells.
	if kept != 0 && state.First > kept && state.Last <= l.appended.Load() && l.kept.Load() == kept {
		return state, fmt.Errorf("stream %s: %w: it begins at %d and %d was not cut off yet: somebody has purged it; stop, and restore it from a backup",
			l.config.Stream, stream.ErrLost, state.First, kept)
	}
	return state, nil
}

// Cut removes the messages before the sequence, after it has found on the
// leader that the stream is the one that was made and that the message at
// through, the last of those that make the earlier ones needless, is in it.
// before must not exceed through. Errors: ErrMissing, ErrReplaced, ErrLost.
func (l *Log) Cut(ctx context.Context, before, through uint64) error {
	if before > through {
		return fmt.Errorf("log %s: to be cut before %d and kept from %d: this is a mistake of the program", l.config.Stream, before, through)
	}
	if _, err := l.stream.State(ctx); err != nil {
		return fmt.Errorf("cutting the log: %w", err)
	}
	if _, err := l.stream.LeaderGet(ctx, through); err != nil {
		return fmt.Errorf("cutting the log before %d: message %d: %w: %w", before, through, stream.ErrLost, err)
	}
	// Before the purge: a State meanwhile must not take it for somebody else's.
	raise(&l.kept, before)
	if err := l.stream.PurgeBefore(ctx, before); err != nil {
		return fmt.Errorf("cutting the log before %d: %w", before, err)
	}
	return nil
}

func raise(value *atomic.Uint64, to uint64) {
	for {
		now := value.Load()
		if now >= to || value.CompareAndSwap(now, to) {
			return
		}
	}
}
