package stream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/internal/pause"
)

const (
	// headersAtOnce is how many headers one request asks for.
	headersAtOnce = 500
	// headersIdle is after what time a consumer of headers, which nobody asks any more, is gone.
	headersIdle = time.Minute
)

// errHeadersLost: headers were sent that did not arrive.
var errHeadersLost = errors.New("some headers did not arrive")

// Headers calls fn with the header of every message of the stream, in order, without its body. A message that another one
// replaces, written before it was removed, is among them, or the other is: it goes on until it has caught up with
// the stream. An error of fn is returned as it is. Further errors: ErrMissing, ErrReplaced, ErrLost, ctx's.
func (s *Stream) Headers(ctx context.Context, fn func(*Message) error) error {
	state, err := s.State(ctx)
	if err != nil || state.Messages == 0 {
		return err
	}
	r := headerReader{stream: s, consumer: "headers-" + rand.Text(), until: state.Last, fn: fn}
	if err := r.open(ctx); err != nil {
		return err
	}
	for !r.done {
		before := r.at
		if err := r.batch(ctx); err != nil {
			return err
		}
		if r.at > before || r.done {
			continue
		}
		// That there are no more is believed of the leader alone.
		m, err := s.Next(ctx, ">", r.at+1)
		if errors.Is(err, ErrNoMessage) || err == nil && m.Sequence > r.until {
			return nil
		}
		if err != nil {
			return err
		}
		if err := pause.For(ctx, tryPause); err != nil { // the consumer's replica lags
			return err
		}
	}
	return nil
}

// headerReader reads by a consumer of its own, which goes by itself.
type headerReader struct {
	stream   *Stream
	consumer string
	// until is what the stream ended with at the beginning.
	until uint64
	// at is the last message that came, and count how many did.
	at, count uint64
	done      bool
	fn        func(*Message) error
}

func (r *headerReader) open(ctx context.Context) error {
	name := r.stream.name
	var answer replyBase
	err := r.stream.api.call(ctx, "CONSUMER.CREATE."+name+"."+r.consumer, map[string]any{
		"stream_name": name,
		"config": map[string]any{
			"name": r.consumer, "deliver_policy": "all", "ack_policy": "none", "replay_policy": "instant",
			"headers_only": true, "mem_storage": true, "num_replicas": 1, "inactive_threshold": headersIdle,
		},
	}, &answer)
	if err != nil {
		return fmt.Errorf("reading headers: %w", failed(name, err))
	}
	return nil
}

// batch asks for some headers, and takes those that there are.
func (r *headerReader) batch(ctx context.Context) error {
	conn := r.stream.api.conn
	// Not one of those for answers to requests: messages come with subjects of their own, which nats.go would take for an answer.
	inbox := conn.NewInbox()
	replies, err := conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("stream %s: reading headers: %w", r.stream.name, err)
	}
	defer func() { _ = replies.Unsubscribe() }()
	body, err := json.Marshal(map[string]any{"batch": headersAtOnce, "no_wait": true})
	if err != nil {
		return err
	}
	if err := conn.PublishRequest(r.stream.api.prefix+"CONSUMER.MSG.NEXT."+r.stream.name+"."+r.consumer, inbox, body); err != nil {
		return fmt.Errorf("stream %s: reading headers: %w", r.stream.name, err)
	}
	for range headersAtOnce {
		m, err := next(ctx, replies)
		if err != nil {
			return fmt.Errorf("stream %s: reading headers: %w", r.stream.name, err)
		}
		if m.Header.Get("Status") != "" && m.Reply == "" {
			return nil // no more at the moment
		}
		if err := r.take(m); err != nil || r.done {
			return err
		}
	}
	return nil
}

// take takes one header, of which none may be missing.
func (r *headerReader) take(m *nats.Msg) error {
	told, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("stream %s: reading headers: %w", r.stream.name, err)
	}
	if r.count++; told.Sequence.Consumer != r.count {
		return fmt.Errorf("stream %s: %w: %d came, and this is number %d", r.stream.name, errHeadersLost, r.count, told.Sequence.Consumer)
	}
	r.at = told.Sequence.Stream
	r.done = told.NumPending == 0 && r.at >= r.until
	return r.fn(&Message{Sequence: r.at, Subject: m.Subject, Header: m.Header})
}
