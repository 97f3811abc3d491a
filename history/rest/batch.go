package rest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/puback"
)

const (
	headerBatch    = "Nats-Batch-Id"
	headerNumber   = "Nats-Batch-Sequence"
	headerCommit   = "Nats-Batch-Commit"
	headerExpected = "Nats-Expected-Last-Subject-Sequence"
)

// publish writes the messages to the stream, all or none, and returns the
// sequence of the last; they are consecutive. Errors: errRejected: a subject's
// last sequence is not the expected one, and none was written; ErrDoubtful; of
// package stream ErrFull, ErrMissing, ErrReplaced, ErrSettings.
func (s *Store) publish(ctx context.Context, to *stream.Stream, messages []*nats.Msg) (last uint64, err error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: %w", ErrDoubtful, ctx.Err())
	}
	conn := to.Conn()
	number(messages)
	final := len(messages) - 1
	for _, m := range messages[:final] {
		if err := conn.PublishMsg(m); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrDoubtful, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	reply, err := conn.RequestMsgWithContext(ctx, messages[final])
	if err != nil && !errors.Is(err, nats.ErrNoResponders) {
		return 0, fmt.Errorf("%w: %w", ErrDoubtful, err)
	}
	if err != nil {
		return 0, s.nobody(ctx, to)
	}
	return outcome(to.Name(), reply.Data, len(messages))
}

// number gives the messages the headers of one atomic batch. One message
// needs none: it is atomic by itself.
func number(messages []*nats.Msg) {
	id := rand.Text()
	for i, m := range messages {
		delete(m.Header, headerBatch)
		delete(m.Header, headerNumber)
		delete(m.Header, headerCommit)
		if len(messages) == 1 {
			continue
		}
		m.Header[headerBatch] = []string{id}
		m.Header[headerNumber] = []string{strconv.Itoa(i + 1)}
		if i == len(messages)-1 {
			m.Header[headerCommit] = []string{"1"}
		}
	}
}

// nobody is why nobody takes messages on the stream's subjects.
func (s *Store) nobody(ctx context.Context, to *stream.Stream) error {
	if _, err := to.State(ctx); err != nil {
		return err
	}
	return fmt.Errorf("stream %s: %w: it has no leader", to.Name(), ErrDoubtful)
}

// outcome reads the acknowledgement of a batch.
func outcome(name string, data []byte, count int) (last uint64, err error) {
	ack, err := puback.Parse(data)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrDoubtful, err)
	case stream.IsFull(ack.Code):
		return 0, stream.Full(name, fmt.Errorf("%s (%d)", ack.Description, ack.Code))
	case ack.Code == stream.CodeWrongLastSequence, ack.Code == stream.CodeWrongLastSequenceInFlight:
		return 0, fmt.Errorf("stream %s: %w: %s (%d)", name, errRejected, ack.Description, ack.Code)
	case ack.Code == stream.CodeBatchesDisabled:
		return 0, fmt.Errorf("stream %s: %w: %s: set allow_atomic again with `nats stream edit`", name, stream.ErrSettings, ack.Description)
	case ack.Code != 0: // too many at once, too large, a part did not arrive
		return 0, fmt.Errorf("stream %s: %w: %s (%d)", name, ErrDoubtful, ack.Description, ack.Code)
	case string(ack.Stream) != name:
		return 0, fmt.Errorf("stream %s: %w: stream %s takes the messages of its subjects", name, stream.ErrReplaced, ack.Stream)
	case count > 1 && ack.Count != uint64(count), ack.Sequence < uint64(count):
		return 0, fmt.Errorf("stream %s: %w: a batch of %d messages was stored as %d, the last with sequence %d", name, ErrDoubtful, count, ack.Count, ack.Sequence)
	}
	return ack.Sequence, nil
}
