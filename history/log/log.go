package log

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
)

// Errors of this package, to test with errors.Is; those of package
// history/stream (ErrMissing, ErrReplaced, ErrSettings, ErrLost, ErrFull,
// ErrNotEnabled) come from here too.
var (
	// ErrConflict: the log's tail is not where TakeOver was told: read on and try again.
	ErrConflict = errors.New("the log's tail has moved")
	// ErrFenced: another writer appended: this one owns the log no more.
	ErrFenced = errors.New("another writer has appended to the log")
	// ErrDoubtful: whether the frame is in the log is not known.
	ErrDoubtful = errors.New("it is not known whether the frame was appended")
	// ErrEnded: the Writer has failed or was closed.
	ErrEnded = errors.New("the log's writer has ended")
	// ErrBusy: MaxInFlight frames wait for their acknowledgements.
	ErrBusy = errors.New("too many frames are in flight")
	// ErrTooLarge: the frame exceeds MaxFrame.
	ErrTooLarge = errors.New("the frame is too large")
	// ErrVersion: a frame has a version that this program cannot read.
	ErrVersion = errors.New("unknown version of a frame")
)

// MaxFrame is how many bytes an encoded frame may have, over all its parts.
const MaxFrame = 64 << 20

// Config is one shard's log.
type Config struct {
	JetStream jetstream.JetStream
	// Stream and Subject as api.Names makes them.
	Stream, Subject string
	// Replicas is used by Create alone; 0: 1.
	Replicas int
	// Created is when the stream was made, as Create returned it. Zero: not checked.
	Created time.Time
	// AckTimeout is after what time a frame in flight counts as doubtful; 0: 5 s.
	AckTimeout time.Duration
	// MaxPayload is the largest message in bytes; 0: what the connection allows.
	MaxPayload int
	// MaxInFlight is how many frames may wait for acknowledgement; 0: 8.
	MaxInFlight int
}

// Create makes the log's stream and returns when it was made. If the stream
// exists already with the right settings, that is its answer: making a
// namespace can be repeated. Errors: those of package stream.
func Create(ctx context.Context, config Config) (created time.Time, err error) {
	return time.Time{}, errors.ErrUnsupported
}

// Log is one shard's log. Its methods block on I/O and are safe for concurrent
// use; at most one Writer of it is open at a time.
type Log struct {
	config Config
	stream *stream.Stream
}

// Open finds the log's stream and checks that it is the one that was made,
// with the settings that it must have. It retries time-outs until ctx ends.
// Errors: ErrMissing, ErrReplaced, ErrSettings, ErrNotEnabled of package stream.
func Open(ctx context.Context, config Config) (*Log, error) { return nil, errors.ErrUnsupported }

// Skipped counts messages of the log that Read passed over.
type Skipped struct {
	// Foreign messages are no frames.
	Foreign int
	// Stale frames have a lower epoch than one before, or a higher one that did
	// not begin.
	Stale int
	// Incomplete frames lack a part.
	Incomplete int
}

// Tail is what Read found.
type Tail struct {
	// First and Last are the sequences of the stream's first and last message;
	// First is Last+1 when it is empty.
	First, Last uint64
	// Epoch is the highest epoch that has begun; 0 for none.
	Epoch   uint64
	Skipped Skipped
}

// Read calls fn with every frame from the sequence on (0: from the first
// message), up to what was the last when it was called, and returns the tail.
// epoch is the highest epoch that was seen before from; 0 for none. The sequence that fn is
// given is that of the frame's last part. An error of fn ends the reading and
// is returned. ErrLost: the log begins behind from, or has a gap. ErrVersion, or an error that
// names the sequence: a frame that cannot be read; nothing may be written
// behind it.
func (l *Log) Read(ctx context.Context, from, epoch uint64, fn func(sequence uint64, frame *recordpb.Frame) error) (Tail, error) {
	return Tail{}, errors.ErrUnsupported
}

// TakeOver appends the first frame of the epoch, expecting that the log's last
// sequence is after, and waits for its acknowledgement. ErrConflict: read on
// from after+1 and try again, with a higher epoch if one has begun. Any other
// error: whether the epoch began is not known before the log is read again.
// An open Writer must be closed before.
func (l *Log) TakeOver(ctx context.Context, owner string, after, epoch uint64) (*Writer, error) {
	return nil, errors.ErrUnsupported
}

// State is what the leader says of the stream.
type State struct {
	First, Last uint64 // First is Last+1 when the stream is empty
	Messages    uint64
	Bytes       uint64
}

// State asks the stream's leader. It also checks that the stream is the one that was
// made, and that nothing was removed but by Cut: ErrMissing, ErrReplaced, ErrLost.
func (l *Log) State(ctx context.Context) (State, error) { return State{}, errors.ErrUnsupported }

// Cut removes the messages before the sequence, after it has found on the
// leader that the stream is the one that was made and that the message at
// through, the last of those that make the earlier ones needless, is in it. before must not exceed through.
// Errors: ErrMissing, ErrReplaced, ErrLost.
func (l *Log) Cut(ctx context.Context, before, through uint64) error { return errors.ErrUnsupported }

// Ack is the outcome of a frame.
type Ack struct {
	// Sequence is what Append returned.
	Sequence uint64
	// Err is nil when the frame is in the log. Else it and all behind it
	// failed, and the Writer has ended: ErrFenced, ErrDoubtful, or of package stream
	// ErrFull, ErrMissing, ErrReplaced.
	Err error
}

// Writer appends the frames of one epoch. Append and Acks are for one
// goroutine, the shard's loop.
type Writer struct{}

// Begin is the sequence of the epoch's first frame.
func (w *Writer) Begin() uint64 { return 0 }

// Last is the sequence of the last message that was appended, acknowledged or not.
func (w *Writer) Last() uint64 { return 0 }

// Append hands the frame over to be published and returns the sequence that
// its last part will have. It sets the frame's version and epoch, encodes it before it returns, and waits for
// nothing. A frame that outgrows a message goes in consecutive parts. Errors: ErrBusy,
// ErrTooLarge (the frame was not taken, the Writer goes on), ErrEnded.
func (w *Writer) Append(frame *recordpb.Frame) (last uint64, err error) {
	return 0, errors.ErrUnsupported
}

// Acks delivers the outcome of each frame, in order, and after the first
// with an Err nothing more. The receiver may be slow. It is never closed.
func (w *Writer) Acks() <-chan Ack { return nil }

// InFlight is how many frames have no outcome yet that was received from Acks.
func (w *Writer) InFlight() int { return 0 }

// Close ends the Writer and its goroutines. Frames in flight get no outcome.
// Twice is safe. It may wait as long as the connection's write time-out.
func (w *Writer) Close() {}
