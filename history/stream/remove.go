package stream

import (
	"context"
	"fmt"
)

type purgeRequest struct {
	Before  uint64 `json:"seq,omitempty"`
	Subject string `json:"filter,omitempty"`
}

type deleteRequest struct {
	Sequence uint64 `json:"seq"`
	NoErase  bool   `json:"no_erase"`
}

// PurgeBefore removes all messages before the sequence, which must not lie behind the last
// message: there the server would empty the stream and move its last sequence.
func (s *Stream) PurgeBefore(ctx context.Context, sequence uint64) error {
	state, err := s.State(ctx)
	if err != nil {
		return err
	}
	if sequence > state.Last {
		return fmt.Errorf("stream %s: %w: it ends at %d, and was to be cut before %d", s.name, ErrLost, state.Last, sequence)
	}
	if sequence <= state.First {
		return nil
	}
	return s.purge(ctx, purgeRequest{Before: sequence})
}

// PurgeSubject removes all messages of a subject. It reads every block between the subject's
// first and its last message: keep it for what Delete has left over.
func (s *Stream) PurgeSubject(ctx context.Context, subject string) error {
	return s.purge(ctx, purgeRequest{Subject: subject})
}

func (s *Stream) purge(ctx context.Context, request purgeRequest) error {
	var answer replyBase
	if err := s.api.call(ctx, "STREAM.PURGE."+s.name, request, &answer); err != nil {
		return fmt.Errorf("purging: %w", failed(s.name, err))
	}
	return nil
}

// Delete removes one message by its sequence; one that is gone already is no error.
func (s *Stream) Delete(ctx context.Context, sequence uint64) error {
	var answer replyBase
	err := s.api.call(ctx, "STREAM.MSG.DELETE."+s.name, deleteRequest{sequence, true}, &answer)
	if err == nil || isGone(err) {
		return nil
	}
	return fmt.Errorf("deleting message %d: %w", sequence, failed(s.name, err))
}
