package log

import (
	"context"

	"github.com/perdure/perdure/history/stream"
)

// Follower reads a log on and on by the rules of Read. Of one goroutine; it has none of its own and holds no
// more of the log in memory than one frame and one step of reading.
type Follower struct {
	log   *Log
	next  uint64 // the message to come
	whole uint64
	tail  Tail
	parts joiner
}

// Follow reads from the sequence on, 1 or more. epoch is the highest that was seen before it; 0 for none.
func (l *Log) Follow(from, epoch uint64) *Follower {
	return &Follower{log: l, next: from, whole: from - 1, tail: Tail{Epoch: epoch}}
}

// Position is the last sequence up to which all was read, and Epoch the highest epoch up to there: whoever
// goes on later follows from the one behind it. It is not in the middle of a frame.
func (f *Follower) Position() (sequence, epoch uint64) { return f.whole, f.tail.Epoch }

// Read calls fn with every frame, encoded, from where the last Read has ended up to the sequence through, which must
// have been in the log. The frame is fn's until it returns. It reads in small steps, between which the log is written.
// After an error of fn, which is returned as it is, the Follower is of no more use; after any other the next Read goes
// on.
//
// ErrLost: the log was cut behind what was read, or ends before through. ErrVersion, ErrCorrupt, as of Read; what
// is in the frame's content was not looked at. Further: ErrMissing, ctx's.
func (f *Follower) Read(ctx context.Context, through uint64, fn func(sequence uint64, frame []byte) error) error {
	return f.log.stream.ReadGently(ctx, f.next, through, func(m *stream.Message) error {
		data, err := f.take(m)
		if err != nil || data == nil {
			return err
		}
		return fn(m.Sequence, data)
	})
}

// take is the next message, and the frame that it completes; nil when there is none.
func (f *Follower) take(m *stream.Message) ([]byte, error) {
	data, complete := f.parts.add(m.Sequence, m.Header, m.Data)
	f.next = m.Sequence + 1
	admitted := false
	if complete {
		var err error
		if admitted, err = f.log.admit(&f.tail, m.Sequence, data); err != nil {
			f.next = f.whole + 1 // to be met again
			return nil, err
		}
	}
	if f.parts.last.of == 0 {
		f.whole = m.Sequence
	}
	if !admitted {
		return nil, nil
	}
	return data, nil
}
