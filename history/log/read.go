package log

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
)

// Skipped counts messages of the log that Read passed over.
type Skipped struct {
	// Foreign messages are no frames.
	Foreign int
	// Stale frames have a lower epoch than one before, or a higher one that did
	// not begin.
	Stale int
	// Incomplete are parts of frames that lack another.
	Incomplete int
}

// Tail is what Read found.
type Tail struct {
	// First and Last are the sequences of the stream's first and last message;
	// First is Last+1 when it is empty.
	First, Last uint64
	// Epoch is the highest epoch that has begun; 0 for none.
	Epoch uint64
	// Owner began the last epoch whose beginning was read; "" where none was.
	Owner   string
	Skipped Skipped
}

// Read calls fn with every frame from the sequence on (0: from the first
// message), up to what was the last when it was called, and returns the tail.
// epoch is the highest epoch that was seen before from; 0 for none. The
// sequence that fn is given is that of the frame's last part, and the frame is
// fn's to keep. An error of fn ends the reading and is returned as it is.
//
// ErrLost: the log begins behind from, ends before it or has a gap. ErrVersion
// and ErrCorrupt, with the sequence in the text: a frame that cannot be read;
// nothing may be written behind it. Further: ErrMissing, ErrReplaced, ctx's.
func (l *Log) Read(ctx context.Context, from, epoch uint64, fn func(sequence uint64, frame *recordpb.Frame) error) (Tail, error) {
	state, err := l.stream.State(ctx)
	if err != nil {
		return Tail{}, fmt.Errorf("reading the log: %w", err)
	}
	tail := Tail{First: state.First, Last: state.Last, Epoch: epoch}
	if from == 0 {
		from = state.First
	}
	if from < state.First || from > state.Last+1 {
		return tail, fmt.Errorf("stream %s: %w: it has %d to %d and %d is needed: somebody has purged it; restore it from a backup",
			l.config.Stream, stream.ErrLost, state.First, state.Last, from)
	}
	f := l.Follow(from, epoch)
	f.tail.First, f.tail.Last = tail.First, tail.Last
	err = l.stream.Read(ctx, from, state.Last, func(m *stream.Message) error {
		data, err := f.take(m)
		if err != nil || data == nil {
			return err
		}
		frame, err := l.decode(m.Sequence, data)
		if err != nil {
			return err
		}
		return fn(m.Sequence, frame)
	})
	f.parts.end()
	tail = f.tail
	tail.Skipped.Incomplete = f.parts.incomplete
	if err == nil {
		raise(&l.kept, state.First)
		raise(&l.appended, state.Last)
	}
	return tail, err
}

// admit tells whether a message is a frame of the log's epoch. One that is not is counted.
func (l *Log) admit(tail *Tail, sequence uint64, data []byte) (bool, error) {
	head, ok := peek(data)
	if !ok {
		tail.Skipped.Foreign++
		return false, nil
	}
	// A log that was cut may begin in the middle of an epoch.
	begins := head.begin != nil || tail.Epoch == 0
	if head.epoch < tail.Epoch || head.epoch > tail.Epoch && !begins {
		tail.Skipped.Stale++
		return false, nil
	}
	if head.version < OldestVersion || head.version > Version {
		return false, fmt.Errorf("stream %s, message %d: %w: it has %d and this program knows %d to %d: run the program that wrote it, or a newer one",
			l.config.Stream, sequence, ErrVersion, head.version, OldestVersion, Version)
	}
	if !head.content {
		return false, l.corrupt(sequence, errors.New("it has no content that this program knows"))
	}
	if head.begin != nil {
		begin := &recordpb.EpochBegin{}
		if err := proto.Unmarshal(head.begin, begin); err != nil {
			return false, l.corrupt(sequence, err)
		}
		if begin.AfterSequence != sequence-1 {
			tail.Skipped.Stale++
			return false, nil
		}
		tail.Owner = begin.Owner
	}
	tail.Epoch = head.epoch
	return true, nil
}

// decode is the frame that a message is.
func (l *Log) decode(sequence uint64, data []byte) (*recordpb.Frame, error) {
	frame := &recordpb.Frame{}
	if err := proto.Unmarshal(data, frame); err != nil {
		return nil, l.corrupt(sequence, err)
	}
	return frame, nil
}

func (l *Log) corrupt(sequence uint64, err error) error {
	return fmt.Errorf("stream %s, message %d: %w: %w: restore the stream from a backup, or run a newer program if one has written it",
		l.config.Stream, sequence, ErrCorrupt, err)
}

// head is what tells a frame from any other message.
type head struct {
	version uint64
	epoch   uint64
	// content says that it has some, and begin is the encoded EpochBegin of one that begins an epoch.
	content bool
	begin   []byte
}

// Numbers of the fields of recordpb.Frame.
const (
	versionField    = 1
	epochField      = 2
	recordsField    = 3
	epochBeginField = 4
	barrierField    = 6
)

// peek reads a frame's version and epoch without decoding its content. It is
// false for what is no encoded message, or has none of them.
func peek(data []byte) (h head, ok bool) {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return h, false
		}
		data = data[n:]
		value := protowire.ConsumeFieldValue(number, kind, data)
		if value < 0 {
			return h, false
		}
		switch {
		case number == versionField && kind == protowire.VarintType:
			h.version, _ = protowire.ConsumeVarint(data)
		case number == epochField && kind == protowire.VarintType:
			h.epoch, _ = protowire.ConsumeVarint(data)
		case number >= recordsField && number <= barrierField && kind == protowire.BytesType:
			h.content, h.begin = true, nil // the last one counts
			if number == epochBeginField {
				h.begin, _ = protowire.ConsumeBytes(data)
			}
		}
		data = data[value:]
	}
	return h, h.version != 0 && h.epoch != 0
}
