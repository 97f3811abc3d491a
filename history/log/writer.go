package log

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

// Ack is the outcome of a frame.
type Ack struct {
	// Sequence is what Append returned.
	Sequence uint64
	// Err is nil when the frame is in the log. Else it and all behind it have no place there that is
	// known, and the Writer has ended: ErrFenced, ErrDoubtful, or of package stream ErrFull, ErrReplaced.
	Err error
}

// Writer appends the frames of one epoch. It has no goroutine: whoever owns it, the shard's loop,
// waits for Replies and Status beside whatever else it waits for, gives Settle and Lost what
// comes, calls Expire now and then, and after each of them takes the outcomes from Next.
type Writer struct {
	log   *Log
	epoch uint64
	begin uint64
	part  int // bytes of a frame in one message

	last    uint64   // the last sequence given out
	flights []flight // without an outcome that was taken, in order
	ended   bool

	buffer  []byte // of the last frame
	message *nats.Msg

	replies      chan *nats.Msg
	subscription *nats.Subscription
	status       chan nats.Status
}

// flight is a frame whose outcome was not taken.
type flight struct {
	first, last uint64
	deadline    time.Time
	// missing is how many of its parts are not acknowledged.
	missing int
	err     error
}

const (
	// maxReplies bounds the channel of acknowledgements, where a frame is split
	// into very many parts. One that finds it full is lost: the frame is doubtful.
	maxReplies = 1 << 16
	// keepBuffer is up to what size a frame's buffer is used again.
	keepBuffer = 1 << 20

	expectedHeader = "Nats-Expected-Last-Sequence"
)

func (l *Log) newWriter(after, epoch uint64) (*Writer, error) {
	conn, inFlight := l.stream.Conn(), l.config.MaxInFlight
	w := &Writer{
		log: l, epoch: epoch, begin: after + 1, last: after, part: l.config.partSize(),
		// One reply subject for all: it stays in the server's cache of subjects.
		message: &nats.Msg{Subject: l.config.Subject, Reply: conn.NewInbox(), Header: nats.Header{expectedHeader: {""}}},
	}
	w.replies = make(chan *nats.Msg, min(maxReplies, inFlight*(MaxFrame/w.part+1)))
	var err error
	w.subscription, err = conn.ChanSubscribe(w.message.Reply, w.replies)
	if err != nil {
		return nil, fmt.Errorf("subscribing to the log's acknowledgements: %w", err)
	}
	w.status = conn.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	return w, nil
}

// Begin is the sequence of the epoch's first frame.
func (w *Writer) Begin() uint64 { return w.begin }

// Epoch is the Writer's.
func (w *Writer) Epoch() uint64 { return w.epoch }

// Last is the sequence of the last message that was appended, acknowledged or not.
func (w *Writer) Last() uint64 { return w.last }

// Append hands the frame to the connection and returns the sequence that its last part will
// have. It sets the frame's version and epoch. A frame that outgrows a message goes in
// consecutive parts. It waits for nothing, but as long as the connection's write time-out where the
// network takes nothing more. Errors: ErrBusy, ErrTooLarge (the frame was not taken, the Writer goes on), ErrEnded,
// ErrDoubtful (the Writer has ended, as with an Ack's Err).
func (w *Writer) Append(frame *recordpb.Frame) (last uint64, err error) {
	if w.ended {
		return 0, ErrEnded
	}
	if len(w.flights) >= w.log.config.MaxInFlight {
		return 0, ErrBusy
	}
	frame.Version, frame.Epoch = w.log.config.Version, w.epoch
	data, err := proto.MarshalOptions{}.MarshalAppend(w.buffer[:0], frame)
	if err != nil {
		return 0, fmt.Errorf("encoding a frame: %w", err)
	}
	if cap(data) <= keepBuffer {
		w.buffer = data
	}
	if len(data) > MaxFrame {
		return 0, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrTooLarge, len(data), MaxFrame)
	}
	parts := max(1, (len(data)+w.part-1)/w.part)
	if err := w.publish(data, w.last+1, parts); err != nil {
		w.ended = true
		return 0, err
	}
	first := w.last + 1
	w.last += uint64(parts)
	w.flights = append(w.flights, flight{first: first, last: w.last, missing: parts, deadline: time.Now().Add(w.log.config.AckTimeout)})
	return w.last, nil
}

// publish sends a frame's parts. Nothing is given to a connection that is down: the client would keep it and
// send it when it has reconnected. The client's own retries are not used: a late one could land
// behind a newer frame.
func (w *Writer) publish(data []byte, sequence uint64, parts int) error {
	conn := w.log.stream.Conn()
	if !conn.IsConnected() {
		return fmt.Errorf("%w: NATS is not connected", ErrDoubtful)
	}
	for number := 1; number <= parts; number++ {
		w.message.Data = data[:min(len(data), w.part)]
		data = data[len(w.message.Data):]
		w.message.Header[expectedHeader][0] = strconv.FormatUint(sequence-1, 10)
		if parts > 1 {
			w.message.Header[api.HeaderPart] = []string{part{number, parts, w.epoch}.encode()}
		}
		if err := conn.PublishMsg(w.message); err != nil {
			return fmt.Errorf("%w: publishing message %d: %w", ErrDoubtful, sequence, err)
		}
		sequence++
	}
	delete(w.message.Header, api.HeaderPart)
	return nil
}

// Await waits for the next outcome. An Err of the context's is no outcome: the frame is still in flight.
func (w *Writer) Await(ctx context.Context) Ack {
	expire := time.NewTicker(max(w.log.config.AckTimeout/8, time.Millisecond))
	defer expire.Stop()
	for {
		if ack, ok := w.Next(); ok {
			return ack
		}
		select {
		case reply := <-w.replies:
			w.Settle(reply)
		case status := <-w.status:
			w.Lost(status)
		case now := <-expire.C:
			w.Expire(now)
		case <-ctx.Done():
			return Ack{Err: fmt.Errorf("%w: %w", ErrDoubtful, ctx.Err())}
		}
	}
}

// Close ends the Writer. Frames in flight get no outcome. Twice is safe.
func (w *Writer) Close() {
	w.ended = true
	_ = w.subscription.Unsubscribe() // fails on a closed connection, which has none left
	w.log.stream.Conn().RemoveStatusListener(w.status)
}
