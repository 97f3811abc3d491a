package log

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/puback"
)

// settle is the goroutine that gives each frame its outcome, in order. It
// learns of frames from sent, which it reads only when something else happens:
// a frame is in sent before anything can happen to it.
func (w *Writer) settle() {
	defer w.both.Done()
	defer w.stop()
	ticker := time.NewTicker(max(w.log.config.AckTimeout/8, time.Millisecond))
	defer ticker.Stop()
	var s settlement
	for {
		var all error // befalls every frame in flight
		var reply *nats.Msg
		var now time.Time
		select {
		case <-w.ended:
			return
		case reply = <-w.replies:
		case now = <-ticker.C:
		case status := <-w.status:
			all = fmt.Errorf("%w: the connection to NATS is %s", ErrDoubtful, status)
		case all = <-w.broken:
		}
		s.take(w.sent)
		switch {
		case all != nil:
			s.fail(all)
		case reply != nil:
			s.acknowledge(w, reply)
		default:
			s.expire(now)
		}
		if s.deliver(w) {
			return
		}
	}
}

// settlement is the frames in flight, by sequence.
type settlement struct{ flights []flight }

func (s *settlement) take(sent <-chan flight) {
	for {
		select {
		case f := <-sent:
			s.flights = append(s.flights, f)
		default:
			return
		}
	}
}

// fail gives every frame that has no outcome yet this one.
func (s *settlement) fail(err error) {
	for i := range s.flights {
		if s.flights[i].err == nil && s.flights[i].missing > 0 {
			s.flights[i].err = err
		}
	}
}

func (s *settlement) expire(now time.Time) {
	for i := range s.flights {
		if f := &s.flights[i]; f.missing > 0 && f.err == nil && now.After(f.deadline) {
			f.err = fmt.Errorf("%w: message %d was not acknowledged in time: check that the log's stream has a leader and its disk keeps up", ErrDoubtful, f.last)
		}
	}
}

// acknowledge enters the answer to one message. That a later message was
// stored does not tell that an earlier one was: where another writer took its
// place, the later one finds the sequence that it expects.
func (s *settlement) acknowledge(w *Writer, reply *nats.Msg) {
	sequence, err := strconv.ParseUint(reply.Subject[len(w.inbox):], 10, 64)
	if err != nil {
		return
	}
	for i := range s.flights {
		f := &s.flights[i]
		if sequence < f.first || sequence > f.last {
			continue
		}
		if err := w.outcome(sequence, reply); err != nil {
			if f.err == nil {
				f.err = err
			}
		} else {
			f.missing--
		}
		return
	}
}

// outcome reads what JetStream answered to the message with that sequence.
func (w *Writer) outcome(sequence uint64, reply *nats.Msg) error {
	name := w.log.config.Stream
	if len(reply.Data) == 0 {
		return fmt.Errorf("%w: nobody takes messages on %s: the stream %s is missing or has no leader", ErrDoubtful, reply.Subject, name)
	}
	ack, err := puback.Parse(reply.Data)
	switch {
	case err != nil:
		return fmt.Errorf("%w: message %d: %w", ErrDoubtful, sequence, err)
	case ack.Code == stream.CodeWrongLastSequence, ack.Code == stream.CodeWrongLastSequenceInFlight:
		return fmt.Errorf("stream %s: %w: message %d was refused: %s", name, ErrFenced, sequence, ack.Description)
	case stream.IsFull(ack.Code):
		return stream.Full(name, fmt.Errorf("message %d was refused: %s (%d)", sequence, ack.Description, ack.Code))
	case ack.Code != 0:
		return fmt.Errorf("stream %s: %w: message %d was refused: %s (%d)", name, ErrDoubtful, sequence, ack.Description, ack.Code)
	case string(ack.Stream) != name:
		return fmt.Errorf("stream %s: %w: stream %s takes the messages of its subject %s", name, stream.ErrReplaced, ack.Stream, w.log.config.Subject)
	case ack.Sequence != sequence:
		return fmt.Errorf("stream %s: %w: message %d was stored as %d", name, stream.ErrReplaced, sequence, ack.Sequence)
	}
	return nil
}

// deliver puts out the outcomes that are due, in order. It is true after the
// first failure.
func (s *settlement) deliver(w *Writer) (failed bool) {
	for len(s.flights) > 0 {
		f := s.flights[0]
		if f.missing > 0 && f.err == nil {
			return false
		}
		if f.err == nil {
			raise(&w.log.appended, f.last)
		} else {
			w.stop() // before the outcome: who has received it must find the Writer ended
		}
		w.counting.Lock()
		w.acks <- Ack{Sequence: f.last, Err: f.err} // has room for all in flight
		w.settled++
		w.counting.Unlock()
		if f.err != nil {
			return true
		}
		s.flights = s.flights[:copy(s.flights, s.flights[1:])]
	}
	return false
}
