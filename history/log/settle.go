package log

import (
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/puback"
)

// Replies delivers what NATS answers to the frames in flight, for Settle.
func (w *Writer) Replies() <-chan *nats.Msg { return w.replies }

// Status delivers when the connection is lost, for Lost.
func (w *Writer) Status() <-chan nats.Status { return w.status }

// Settle enters one answer. That a later message was stored does not tell that an earlier one
// was: where another writer took its place, the later one finds the sequence that it expects.
//
// A refusal does not say which message it is for. It counts for the oldest frame without an outcome: the
// Writer ends, and what became of the frames is known when the log is read again.
func (w *Writer) Settle(reply *nats.Msg) {
	sequence, err := w.outcome(reply)
	if err == nil {
		err = w.stored(sequence)
	}
	for i := range w.flights {
		if f := &w.flights[i]; err != nil && f.missing > 0 && f.err == nil {
			f.err = err
			return
		}
	}
}

// stored enters that a message is in the log. One that is acknowledged again changes nothing.
func (w *Writer) stored(sequence uint64) error {
	if sequence > w.last {
		return fmt.Errorf("stream %s: %w: a message was stored as %d, and %d is the last that was sent", w.log.config.Stream, ErrDoubtful, sequence, w.last)
	}
	for i := range w.flights {
		f := &w.flights[i]
		if sequence < f.first || sequence > f.last {
			continue
		}
		switch next := f.last - uint64(f.missing) + 1; {
		case sequence == next && f.missing > 0:
			f.missing--
		case sequence > next:
			return fmt.Errorf("stream %s: %w: message %d was acknowledged, and %d before it was not", w.log.config.Stream, ErrDoubtful, sequence, next)
		}
	}
	return nil
}

// outcome reads what JetStream answered: the sequence of a message that was stored.
func (w *Writer) outcome(reply *nats.Msg) (sequence uint64, err error) {
	name := w.log.config.Stream
	if len(reply.Data) == 0 {
		return 0, fmt.Errorf("%w: nobody takes messages on %s: the stream %s is missing or has no leader", ErrDoubtful, w.log.config.Subject, name)
	}
	ack, err := puback.Parse(reply.Data)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrDoubtful, err)
	case ack.Code == stream.CodeWrongLastSequence && w.nobodyElse(ack.Description):
		return 0, fmt.Errorf("stream %s: %w: the message before it was not stored (%s): %s", name, ErrDoubtful, ack.Description, writeError)
	case ack.Code == stream.CodeWrongLastSequence, ack.Code == stream.CodeWrongLastSequenceInFlight:
		return 0, fmt.Errorf("stream %s: %w: a message was refused: %s", name, ErrFenced, ack.Description)
	case stream.IsFull(ack.Code):
		return 0, stream.Full(name, fmt.Errorf("a message was refused: %s (%d)", ack.Description, ack.Code))
	case ack.Code != 0:
		return 0, fmt.Errorf("stream %s: %w: a message was refused: %s (%d)", name, ErrDoubtful, ack.Description, ack.Code)
	case string(ack.Stream) != name:
		return 0, fmt.Errorf("stream %s: %w: stream %s takes the messages of its subject %s", name, stream.ErrReplaced, ack.Stream, w.log.config.Subject)
	}
	return ack.Sequence, nil
}

// writeError is what to do about a message that was neither stored nor refused.
const writeError = "check that the stream has a leader, and what its nats-server logs: after a write error, as of a full disk, it takes no message until it is started again"

// nobodyElse tells by the text of a refusal whether the log ends where it did before the oldest frame without an outcome.
func (w *Writer) nobodyElse(refusal string) bool {
	for _, f := range w.flights {
		if f.missing > 0 && f.err == nil {
			return refusal == fmt.Sprintf("wrong last sequence: %d", f.last-uint64(f.missing))
		}
	}
	return false
}

// Lost fails the frames in flight: their answers went to a connection that is no more.
func (w *Writer) Lost(status nats.Status) {
	for i := range w.flights {
		if f := &w.flights[i]; f.missing > 0 && f.err == nil {
			f.err = fmt.Errorf("%w: the connection to NATS is %s", ErrDoubtful, status)
		}
	}
}

// Expire fails the frames in flight whose time is over.
func (w *Writer) Expire(now time.Time) {
	for i := range w.flights {
		if f := &w.flights[i]; f.missing > 0 && f.err == nil && now.After(f.deadline) {
			f.err = fmt.Errorf("%w: message %d was not acknowledged in time: %s", ErrDoubtful, f.last, writeError)
		}
	}
}

// Next takes the outcome of the oldest frame; false: it has none yet, or the Writer has ended.
func (w *Writer) Next() (Ack, bool) {
	if w.ended || len(w.flights) == 0 {
		return Ack{}, false
	}
	f := w.flights[0]
	if f.missing > 0 && f.err == nil {
		return Ack{}, false
	}
	w.flights = slices.Delete(w.flights, 0, 1)
	if f.err != nil {
		w.ended = true
	} else {
		raise(&w.log.appended, f.last)
	}
	return Ack{Sequence: f.last, Err: f.err}, true
}
