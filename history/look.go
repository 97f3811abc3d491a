package history

import (
	"context"
	"errors"
	"time"

	"github.com/perdure/perdure/history/stream"
)

const (
	// lookEvery is how often a shard looks whether its streams are what they were:
	// a log that was purged takes appends as before, and would be missed when it is read.
	lookEvery   = 5 * time.Second
	lookTimeout = 5 * time.Second
)

// streamsLook is when the streams were looked at.
type streamsLook struct {
	last    time.Time
	running bool
}

// looked is what a helper has found.
type looked struct{ err error }

// lookAtStreams has a helper ask for the states of LOG, OPEN and HISTORY.
func (l *loop) lookAtStreams() {
	if l.look.running || time.Since(l.look.last) < lookEvery {
		return
	}
	l.look.running, l.look.last = true, time.Now()
	l.help(func() any {
		ctx, cancel := context.WithTimeout(l.ctx, lookTimeout)
		defer cancel()
		if _, err := l.log.State(ctx); err != nil {
			return &looked{err}
		}
		return &looked{l.store.Check(ctx)}
	})
}

// streamsLookedAt ends the loop when a stream is gone or damaged. That nobody answered
// tells nothing.
func (l *loop) streamsLookedAt(found *looked) error {
	l.look.running = false
	if found.err != nil && fatal(found.err) {
		return judged(found.err)
	}
	return nil
}

// judged leaves it to the recovery to say that messages are lost: another owner may have cut the log,
// and this one cannot tell that from a purge.
func judged(err error) error {
	if errors.Is(err, stream.ErrLost) {
		return readAgainFor(err)
	}
	return err
}

// readAgainFor ends the loop without being final, as the error itself would be.
func readAgainFor(err error) error { return errors.New("the log is read again: " + err.Error()) }
