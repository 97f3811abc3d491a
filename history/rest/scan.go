package rest

import (
	"context"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
)

// Written is one write of a run, as it is found at rest.
type Written struct {
	// Sequence is that of its last message in OPEN or HISTORY.
	Sequence uint64
	// Rest is the whole run, or, in OPEN where its FirstEventId is above 1, what was new of it.
	Rest *recordpb.Rest
}

// Extents tells where OPEN and HISTORY begin and end, by their leaders. Errors: those of Check.
func (s *Store) Extents(ctx context.Context) (open, history stream.State, err error) {
	if open, err = s.open.State(ctx); err != nil {
		return open, history, err
	}
	history, err = s.history.State(ctx)
	return open, history, err
}

// ScanOpen calls fn with every write of a run that is in OPEN from the sequence first to last of the stream, in
// their order. It holds one run in memory. What cannot be read is passed over and counted: it is for who needs the run
// to report. A run of which parts are gone is none. An error of fn is returned as it is; ErrMissing, ctx's.
func (s *Store) ScanOpen(ctx context.Context, first, last uint64, fn func(Written) error) (damaged int, err error) {
	return scan(ctx, s.open, first, last, fn)
}

// ScanHistory is ScanOpen for HISTORY, where each write is a closed run.
func (s *Store) ScanHistory(ctx context.Context, first, last uint64, fn func(Written) error) (damaged int, err error) {
	return scan(ctx, s.history, first, last, fn)
}

func scan(ctx context.Context, of *stream.Stream, first, last uint64, fn func(Written) error) (damaged int, err error) {
	var s scanner
	err = of.Scan(ctx, first, last, func(m *stream.Message) error {
		rest, ok := s.add(m)
		if !ok {
			damaged++
		}
		if rest == nil {
			return nil
		}
		return fn(Written{Sequence: m.Sequence, Rest: rest})
	})
	return damaged, err
}

// scanner puts the parts of writes together that follow each other in a stream.
type scanner struct {
	subject     string
	sequence    uint64
	parts, next int // of the write at hand
	body        []byte
}

// add takes the next message and is the write that it completes. False: the message cannot be read.
func (s *scanner) add(m *stream.Message) (*recordpb.Rest, bool) {
	number, of, err := decodePart(m.Header)
	if err != nil {
		s.next = 0
		return nil, false
	}
	follows := s.next == number && s.parts == of && s.subject == m.Subject && s.sequence+1 == m.Sequence
	if number == 1 {
		s.body = s.body[:0]
	} else if !follows || len(s.body)+len(m.Data) > MaxRun {
		s.next = 0 // an earlier part is gone
		return nil, true
	}
	s.subject, s.sequence, s.parts, s.next = m.Subject, m.Sequence, of, number+1
	body := m.Data
	if of > 1 {
		s.body = append(s.body, m.Data...)
		body = s.body
	}
	if number < of {
		return nil, true
	}
	s.next = 0
	if cap(s.body) > keepBody {
		defer func() { s.body = nil }()
	}
	return s.decode(m, body)
}

// keepBody is up to what size the buffer of a write in parts is used again.
const keepBody = 8 << 20

func (s *scanner) decode(m *stream.Message, body []byte) (*recordpb.Rest, bool) {
	summary, err := decodeSummary(m.Header)
	if err != nil {
		return nil, false
	}
	rest, err := decodeRest(body, summary.WorkflowId, summary.RunId)
	return rest, err == nil
}
