package log

import (
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/api"
)

const (
	expectedHeader = "Nats-Expected-Last-Sequence"
	// keepBuffer is up to what size a buffer is used again.
	keepBuffer = 1 << 20
)

// publish is the goroutine that writes frames to the connection, which may
// wait for the network. The client's own retries are not used: a late one
// could land behind a newer frame.
func (w *Writer) publish() {
	defer w.both.Done()
	header := nats.Header{expectedHeader: []string{""}}
	message := &nats.Msg{Subject: w.log.config.Subject, Header: header}
	for {
		select {
		case <-w.ended:
			return
		case frame := <-w.frames:
			if err := w.send(message, frame); err != nil {
				w.broken <- err
				return
			}
			if cap(frame.data) <= keepBuffer {
				select {
				case w.free <- frame.data:
				default:
				}
			}
		}
	}
}

// send publishes a frame's parts. The reply subject of each ends with the
// sequence that it is to have.
func (w *Writer) send(message *nats.Msg, frame encoded) error {
	conn := w.log.stream.Conn()
	if !conn.IsConnected() {
		// The client would keep it and send it when it has reconnected.
		return fmt.Errorf("%w: NATS is not connected", ErrDoubtful)
	}
	sequence, data := frame.last-uint64(frame.parts)+1, frame.data
	for number := 1; number <= frame.parts; number++ {
		message.Data = data[:min(len(data), w.part)]
		data = data[len(message.Data):]
		message.Header[expectedHeader][0] = strconv.FormatUint(sequence-1, 10)
		if frame.parts > 1 {
			message.Header[api.HeaderPart] = []string{part{number, frame.parts, w.epoch}.encode()}
		}
		message.Reply = w.inbox + strconv.FormatUint(sequence, 10)
		if err := conn.PublishMsg(message); err != nil {
			return fmt.Errorf("%w: publishing message %d: %w", ErrDoubtful, sequence, err)
		}
		sequence++
	}
	delete(message.Header, api.HeaderPart)
	return nil
}
