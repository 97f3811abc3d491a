package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Message is one message of a stream.
type Message struct {
	Sequence uint64
	Subject  string
	Header   nats.Header
	Data     []byte
	// Time is when it was written, by the leader's clock. Zero where it was not asked of the leader.
	Time time.Time
}

type getRequest struct {
	Sequence uint64 `json:"seq,omitempty"`
	LastFor  string `json:"last_by_subj,omitempty"`
	NextFor  string `json:"next_by_subj,omitempty"`
	Batch    int    `json:"batch,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

type getReply struct {
	replyBase
	Message *struct {
		Subject  string    `json:"subject"`
		Sequence uint64    `json:"seq"`
		Header   []byte    `json:"hdrs"`
		Data     []byte    `json:"data"`
		Time     time.Time `json:"time"`
	} `json:"message"`
}

// Get is the message with that sequence. What a sequence holds never changes,
// so any replica may answer; that it is not there is believed of the leader alone.
// Errors: ErrNoMessage, ErrMissing, ctx's.
func (s *Stream) Get(ctx context.Context, sequence uint64) (*Message, error) {
	body := strconv.AppendUint([]byte(`{"seq":`), sequence, 10)
	reply, err := s.api.try(ctx, "DIRECT.GET."+s.name, append(body, '}'))
	if err == nil && reply.Header.Get("Status") == "" {
		if message, err := direct(reply); err == nil && message.Sequence == sequence {
			return message, nil
		}
	}
	return s.leaderGet(ctx, getRequest{Sequence: sequence})
}

// Last is the last message of the subject, which may have wildcards, from the
// leader. Errors: ErrNoMessage, ErrMissing, ctx's.
func (s *Stream) Last(ctx context.Context, subject string) (*Message, error) {
	return s.leaderGet(ctx, getRequest{LastFor: subject})
}

// Next is the first message from the sequence on whose subject matches, from the leader: ErrNoMessage, ErrMissing, ctx's.
func (s *Stream) Next(ctx context.Context, subject string, from uint64) (*Message, error) {
	return s.leaderGet(ctx, getRequest{Sequence: from, NextFor: subject})
}

// Find is Last for a subject that is written once, without wildcards: any
// replica that has it may answer, that it is not there is believed of the leader alone.
func (s *Stream) Find(ctx context.Context, subject string) (*Message, error) {
	reply, err := s.api.try(ctx, "DIRECT.GET."+s.name+"."+subject, nil)
	if err == nil && reply.Header.Get("Status") == "" {
		if message, err := direct(reply); err == nil && message.Subject == subject {
			return message, nil
		}
	}
	return s.Last(ctx, subject)
}

// LeaderGet is Get from the leader alone.
func (s *Stream) LeaderGet(ctx context.Context, sequence uint64) (*Message, error) {
	return s.leaderGet(ctx, getRequest{Sequence: sequence})
}

func (s *Stream) leaderGet(ctx context.Context, request getRequest) (*Message, error) {
	var answer getReply
	if err := s.api.call(ctx, "STREAM.MSG.GET."+s.name, request, &answer); err != nil {
		return nil, failed(s.name, err)
	}
	m := answer.Message
	if m == nil {
		return nil, fmt.Errorf("stream %s: the reply to STREAM.MSG.GET has no message", s.name)
	}
	message := &Message{Sequence: m.Sequence, Subject: m.Subject, Data: m.Data, Time: m.Time}
	if len(m.Header) > 0 {
		header, err := nats.DecodeHeadersMsg(m.Header)
		if err != nil {
			return nil, fmt.Errorf("stream %s: header of message %d: %w", s.name, m.Sequence, err)
		}
		message.Header = header
	}
	return message, nil
}

// direct reads a message as Direct Get answers. The server appends its own
// headers behind those that were stored, which might have the same names.
func direct(reply *nats.Msg) (*Message, error) {
	sequence, err := strconv.ParseUint(lastValue(reply.Header, jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("a direct reply without a sequence: %w", err)
	}
	return &Message{
		Sequence: sequence,
		Subject:  lastValue(reply.Header, jetstream.SubjectHeader),
		Header:   reply.Header,
		Data:     reply.Data,
	}, nil
}

func lastValue(header nats.Header, key string) string {
	values := header[key]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// errShort: a reply of several messages broke off.
var errShort = errors.New("the reply broke off")
