package log

import (
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
)

// Ack is the outcome of a frame.
type Ack struct {
	// Sequence is what Append returned.
	Sequence uint64
	// Err is nil when the frame is in the log. Else it and all behind it
	// failed, and the Writer has ended: ErrFenced, ErrDoubtful, or of package
	// stream ErrFull, ErrReplaced.
	Err error
}

// Writer appends the frames of one epoch. Append, InFlight and Acks are for
// one goroutine, the shard's loop; it has two of its own, publish and settle,
// which end with its first failure or with Close.
type Writer struct {
	log   *Log
	epoch uint64
	begin uint64
	part  int // bytes of a frame in one message

	// The loop's own: the last sequence given out, and how many frames were.
	last     uint64
	appended uint64

	frames chan encoded // to publish
	sent   chan flight  // to settle; written before frames
	free   chan []byte  // buffers that publish is done with
	broken chan error   // of publish, to settle
	acks   chan Ack

	// counting makes one step of putting an outcome into acks and counting it.
	// The loop may receive it in between; then InFlight waits for the count.
	counting sync.Mutex
	settled  uint64

	inbox        string
	replies      chan *nats.Msg
	subscription *nats.Subscription
	status       chan nats.Status

	end   sync.Once
	ended chan struct{}
	both  sync.WaitGroup
}

// encoded is a frame on its way out.
type encoded struct {
	data  []byte
	last  uint64
	parts int
}

// flight is a frame that has no outcome yet.
type flight struct {
	first, last uint64
	deadline    time.Time
	// missing is how many of its parts are not acknowledged.
	missing int
	err     error
}

// maxReplies bounds the channel of acknowledgements, where a frame is split
// into very many parts. One that finds it full is lost: the frame is doubtful.
const maxReplies = 1 << 16

func (l *Log) newWriter(after, epoch uint64) (*Writer, error) {
	conn, inFlight := l.stream.Conn(), l.config.MaxInFlight
	w := &Writer{
		log: l, epoch: epoch, begin: after + 1, last: after, part: l.config.partSize(),
		frames: make(chan encoded, inFlight), sent: make(chan flight, inFlight), free: make(chan []byte, inFlight),
		broken: make(chan error, 1), acks: make(chan Ack, inFlight),
		inbox: conn.NewInbox() + ".",
		ended: make(chan struct{}),
	}
	w.replies = make(chan *nats.Msg, min(maxReplies, inFlight*(MaxFrame/w.part+1)))
	var err error
	w.subscription, err = conn.ChanSubscribe(w.inbox+"*", w.replies)
	if err != nil {
		return nil, fmt.Errorf("subscribing to the log's acknowledgements: %w", err)
	}
	w.status = conn.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	w.both.Add(2)
	go w.publish()
	go w.settle()
	return w, nil
}

// Begin is the sequence of the epoch's first frame.
func (w *Writer) Begin() uint64 { return w.begin }

// Epoch is the Writer's.
func (w *Writer) Epoch() uint64 { return w.epoch }

// Last is the sequence of the last message that was appended, acknowledged or not.
func (w *Writer) Last() uint64 { return w.last }

// Append hands the frame over to be published and returns the sequence that
// its last part will have. It sets the frame's version and epoch, encodes it
// before it returns, and waits for nothing. A frame that outgrows a message
// goes in consecutive parts. Errors: ErrBusy, ErrTooLarge (the frame was not
// taken, the Writer goes on), ErrEnded.
func (w *Writer) Append(frame *recordpb.Frame) (last uint64, err error) {
	select {
	case <-w.ended:
		return 0, ErrEnded
	default:
	}
	if w.InFlight() >= w.log.config.MaxInFlight {
		return 0, ErrBusy
	}
	frame.Version, frame.Epoch = w.log.config.Version, w.epoch
	data, err := proto.MarshalOptions{}.MarshalAppend(w.buffer(), frame)
	if err != nil {
		return 0, fmt.Errorf("encoding a frame: %w", err)
	}
	if len(data) > MaxFrame {
		return 0, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrTooLarge, len(data), MaxFrame)
	}
	parts := max(1, (len(data)+w.part-1)/w.part)
	first := w.last + 1
	w.last += uint64(parts)
	w.appended++
	w.sent <- flight{first: first, last: w.last, missing: parts, deadline: time.Now().Add(w.log.config.AckTimeout)}
	w.frames <- encoded{data: data, last: w.last, parts: parts}
	return w.last, nil
}

func (w *Writer) buffer() []byte {
	select {
	case b := <-w.free:
		return b[:0]
	default:
		return nil
	}
}

// Acks delivers the outcome of each frame, in order, and after the first with
// an Err nothing more. The receiver may be slow. It is never closed.
func (w *Writer) Acks() <-chan Ack { return w.acks }

// InFlight is how many frames have no outcome yet that was received from Acks.
// It bounds what the channels between the goroutines hold, so that none of
// them ever waits for room.
func (w *Writer) InFlight() int {
	w.counting.Lock()
	defer w.counting.Unlock()
	return int(w.appended-w.settled) + len(w.acks)
}

// Close ends the Writer and its goroutines. Frames in flight get no outcome.
// Twice is safe. It may wait as long as the connection's write time-out.
func (w *Writer) Close() {
	w.stop()
	w.both.Wait()
	_ = w.subscription.Unsubscribe() // fails on a closed connection, which has none left
	w.log.stream.Conn().RemoveStatusListener(w.status)
}

func (w *Writer) stop() { w.end.Do(func() { close(w.ended) }) }
