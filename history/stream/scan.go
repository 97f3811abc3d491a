package stream

import (
	"context"
	"errors"
)

// Scan calls fn with the messages that there are from the first sequence to the last, in order, in
// steps between which the stream takes what is written to it. Unlike Read it passes over what was removed. An error of fn is returned as
// it is. Further errors: ErrMissing, ctx's.
func (s *Stream) Scan(ctx context.Context, first, last uint64, fn func(*Message) error) error {
	next := first
	for next <= last {
		before := next
		err := s.batch(ctx, next, gently.upTo(last-next+1), func(m *Message) (more bool, err error) {
			if m.Sequence < next || m.Sequence > last {
				return false, nil
			}
			next = m.Sequence + 1
			return next <= last, fn(m)
		})
		if err != nil && !errors.Is(err, errShort) {
			return err
		}
		if next > before {
			continue
		}
		// That there is none is believed of the leader alone.
		m, err := s.Next(ctx, ">", next)
		if errors.Is(err, ErrNoMessage) || err == nil && m.Sequence > last {
			return nil
		}
		if err != nil {
			return err
		}
		next = m.Sequence + 1
		if err := fn(m); err != nil {
			return err
		}
	}
	return nil
}
