package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

const (
	// readMessages and readBytes bound what one request of Read asks for. The
	// connection holds 64 MiB of a subscription before it drops messages.
	readMessages = 4096
	readBytes    = 8 << 20
	// gently bounds it where the stream is written meanwhile: nats-server takes nothing for a stream while it answers.
	gentlyMessages = 128
	gentlyBytes    = 1 << 20
)

// bounds are of one request for several messages.
type bounds struct{ messages, bytes int }

var (
	quickly = bounds{readMessages, readBytes}
	gently  = bounds{gentlyMessages, gentlyBytes}
)

// Read calls fn with every message from the first sequence to the last, in
// order. None may be missing: ErrLost. Replicas that lag are no harm, since
// what they lack is asked of the leader. An error of fn is returned as it is.
// Further errors: ErrMissing, ctx's.
func (s *Stream) Read(ctx context.Context, first, last uint64, fn func(*Message) error) error {
	return s.read(ctx, first, last, quickly, fn)
}

// ReadGently is Read in smaller steps, between which the stream takes what is written to it.
func (s *Stream) ReadGently(ctx context.Context, first, last uint64, fn func(*Message) error) error {
	return s.read(ctx, first, last, gently, fn)
}

func (s *Stream) read(ctx context.Context, first, last uint64, step bounds, fn func(*Message) error) error {
	next := first
	deliver := func(m *Message) error {
		next = m.Sequence + 1
		return fn(m)
	}
	for next <= last {
		before := next
		err := s.batch(ctx, next, step.upTo(last-next+1), func(m *Message) (more bool, err error) {
			if m.Sequence != next {
				return false, nil
			}
			return m.Sequence < last, deliver(m)
		})
		if err != nil && !errors.Is(err, errShort) {
			return err
		}
		if next > before {
			continue
		}
		message, err := s.LeaderGet(ctx, next)
		if errors.Is(err, ErrNoMessage) {
			return fmt.Errorf("stream %s: %w: sequence %d of %d to %d: restore the stream from a backup", s.name, ErrLost, next, first, last)
		}
		if err != nil {
			return err
		}
		if err := deliver(message); err != nil {
			return err
		}
	}
	return nil
}

// upTo are the bounds where so many messages remain.
func (b bounds) upTo(remain uint64) bounds {
	return bounds{int(min(remain, uint64(b.messages))), b.bytes}
}

// batch asks any replica for messages from the sequence on and
// calls fn with each until it wants no more. errShort: fewer came than were promised.
func (s *Stream) batch(ctx context.Context, from uint64, step bounds, fn func(*Message) (more bool, err error)) error {
	body, err := json.Marshal(getRequest{Sequence: from, Batch: step.messages, MaxBytes: step.bytes})
	if err != nil {
		return err
	}
	inbox := s.api.conn.NewRespInbox()
	subscription, err := s.api.conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("stream %s: reading from %d: %w", s.name, from, err)
	}
	defer func() { _ = subscription.Unsubscribe() }()
	if err := s.api.conn.PublishRequest(s.api.prefix+"DIRECT.GET."+s.name, inbox, body); err != nil {
		return fmt.Errorf("stream %s: reading from %d: %w", s.name, from, err)
	}
	for {
		reply, err := next(ctx, subscription)
		if err != nil {
			return err
		}
		if reply.Header.Get("Status") != "" && len(reply.Data) == 0 {
			return nil // the end, or nothing from there on, or nobody to ask
		}
		message, err := direct(reply)
		if err != nil {
			return fmt.Errorf("stream %s: reading from %d: %w", s.name, from, err)
		}
		more, err := fn(message)
		if err != nil || !more {
			return err
		}
	}
}

func next(ctx context.Context, subscription *nats.Subscription) (*nats.Msg, error) {
	short, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	reply, err := subscription.NextMsgWithContext(short)
	switch {
	case err == nil:
		return reply, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, nats.ErrNoResponders):
		return nil, errShort
	case errors.Is(err, nats.ErrConnectionClosed):
		return nil, err
	}
	return nil, errShort
}
