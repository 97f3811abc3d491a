package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Stream is one JetStream stream of ours.
type Stream struct {
	api     api
	name    string
	created time.Time
}

// State is what a stream's leader says of it.
type State struct {
	// First is Last+1 when the stream is empty.
	First, Last uint64
	Messages    uint64
	Bytes       uint64
	// Removed is how many messages were ever taken out, by age or by hand.
	Removed uint64
	// Created is when the stream was made.
	Created time.Time
}

type infoReply struct {
	replyBase
	jetstream.StreamInfo
	// Total is how many subjects match, of which one page is in the state.
	Total int `json:"total"`
}

func (r *infoReply) state() State {
	s := r.StreamInfo.State
	state := State{First: s.FirstSeq, Last: s.LastSeq, Messages: s.Msgs, Bytes: s.Bytes, Created: r.StreamInfo.Created}
	if s.Msgs == 0 {
		state.First = s.LastSeq + 1
	}
	state.Removed = s.LastSeq - min(s.Msgs, s.LastSeq)
	return state
}

// Create makes the stream, or finds it with these settings, and returns when it was made. It
// can be repeated. Errors: ErrSettings, ErrNotEnabled, ErrFull, ctx's.
func Create(ctx context.Context, js jetstream.JetStream, config jetstream.StreamConfig) (created time.Time, err error) {
	a := newAPI(js)
	var info infoReply
	err = a.call(ctx, "STREAM.CREATE."+config.Name, config, &info)
	var apiErr *jetstream.APIError
	switch {
	case errors.As(err, &apiErr) && apiErr.ErrorCode == CodeNameInUse:
		stream, err := Open(ctx, js, config, time.Time{})
		if err != nil {
			return time.Time{}, err
		}
		return stream.created, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("making stream %s: %w", config.Name, failed(config.Name, err))
	}
	return info.Created, nil
}

// Open finds the stream and checks that it was made at created (zero: not
// checked) and has the settings of config. Errors: ErrMissing, ErrReplaced, ErrSettings,
// ErrNotEnabled, ctx's.
func Open(ctx context.Context, js jetstream.JetStream, config jetstream.StreamConfig, created time.Time) (*Stream, error) {
	s := &Stream{api: newAPI(js), name: config.Name, created: created}
	info, err := s.info(ctx, nil)
	if err != nil {
		return nil, err
	}
	if err := checkSettings(config, info.Config); err != nil {
		return nil, err
	}
	s.created = info.Created
	return s, nil
}

// Of is the stream of that name, whatever it is, without asking whether it is there.
func Of(js jetstream.JetStream, name string) *Stream { return &Stream{api: newAPI(js), name: name} }

// Name of the stream.
func (s *Stream) Name() string { return s.name }

// Created is when the stream was made.
func (s *Stream) Created() time.Time { return s.created }

// Conn is the connection to NATS.
func (s *Stream) Conn() *nats.Conn { return s.api.conn }

// State asks the stream's leader, and checks that the stream is the one that
// was made and that the server knows of no damage in it. Errors: ErrMissing, ErrReplaced, ErrLost, ctx's.
func (s *Stream) State(ctx context.Context) (State, error) {
	info, err := s.info(ctx, nil)
	if err != nil {
		return State{}, err
	}
	if lost := info.StreamInfo.State.Lost; lost != nil && len(lost.Msgs) > 0 {
		return State{}, fmt.Errorf("stream %s: %w: nats-server could not read %d messages back from its disk, the first is %d: restore the stream from a backup", s.name, ErrLost, len(lost.Msgs), lost.Msgs[0])
	}
	return info.state(), nil
}

// Now is what time it is by the clock of the stream's leader, which dates messages: as of State.
func (s *Stream) Now(ctx context.Context) (time.Time, error) {
	info, err := s.info(ctx, nil)
	if err != nil {
		return time.Time{}, err
	}
	return info.StreamInfo.TimeStamp, nil
}

type infoRequest struct {
	Filter string `json:"subjects_filter,omitempty"`
	Offset int    `json:"offset,omitempty"`
}

func (s *Stream) info(ctx context.Context, request *infoRequest) (*infoReply, error) {
	var info infoReply
	if err := s.api.call(ctx, "STREAM.INFO."+s.name, request, &info); err != nil {
		return nil, failed(s.name, err)
	}
	if !s.created.IsZero() && !info.Created.Equal(s.created) {
		return nil, fmt.Errorf("stream %s: %w: it is of %s, the one that was made of %s: put the old one back from a backup, or delete the namespace and make it anew",
			s.name, ErrReplaced, info.Created.Format(time.RFC3339Nano), s.created.Format(time.RFC3339Nano))
	}
	return &info, nil
}
