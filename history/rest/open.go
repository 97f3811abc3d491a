package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

// WriteOpen writes runs to OPEN: one Result for each run, in their order; a
// run may be given once. Each is written whole or not at all. A run of which
// FirstEventID is 1 and Sequences are not empty replaces its earlier messages,
// which stay until DropOpen, since an index in the log may still name them.
func (s *Store) WriteOpen(ctx context.Context, runs []Run) []Result {
	results := make([]Result, len(runs))
	jobs := make([]*job, len(runs))
	for i := range runs {
		run := &runs[i]
		messages, err := s.config.encode(run, s.openSubject(run.WorkflowID, run.RunID), run.LogSequence)
		jobs[i] = newJob(run, messages, err, &results[i])
	}
	s.write(ctx, place{stream: s.open, settle: s.settleOpen}, jobs)
	return results
}

// settleOpen compares the last message of the run's subject with what is to be
// there. Where an earlier owner has written after what is known here, the
// messages go behind its own: what they name is complete without them.
func (s *Store) settleOpen(ctx context.Context, j *job) error {
	mine := j.messages[len(j.messages)-1]
	there, err := s.open.Last(ctx, mine.Subject)
	switch {
	case errors.Is(err, stream.ErrNoMessage):
		there = &stream.Message{}
	case err != nil:
		return err
	}
	known := j.run.last()
	switch {
	case there.Sequence < known:
		j.fail(fmt.Errorf("%v: %w: %w: message %d on %s is known and the last there is %d", j.run, ErrSetAside, ErrGone, known, mine.Subject, there.Sequence))
	case there.Sequence == known:
		j.expected = known
	case bytes.Equal(there.Data, mine.Data) && there.Header.Get(api.HeaderPart) == mine.Header.Get(api.HeaderPart):
		j.written(there.Sequence)
	default:
		return s.adopt(ctx, j, there)
	}
	return nil
}

// adopt decides about a message that was not known of.
func (s *Store) adopt(ctx context.Context, j *job, there *stream.Message) error {
	sequence, err := s.logSequence(ctx, j.run, there)
	switch {
	case errors.Is(err, ErrCorrupt), errors.Is(err, ErrVersion), errors.Is(err, ErrGone):
		j.fail(fmt.Errorf("%v: %w: %w", j.run, ErrSetAside, err))
	case err != nil:
		return err
	case sequence > j.run.LogSequence:
		j.fail(fmt.Errorf("%v: %w: message %d is complete up to %d of the log, and %d is known here", j.run, ErrSuperseded, there.Sequence, sequence, j.run.LogSequence))
	case sequence == j.run.LogSequence:
		j.fail(fmt.Errorf("%v: %w: message %d differs and is complete up to %d of the log, too", j.run, ErrSetAside, there.Sequence, sequence))
	default:
		j.expected = there.Sequence
	}
	return nil
}

// logSequence is up to where in the log the write is complete that ends with
// this message. The run's id is the run's own: no other can have it.
func (s *Store) logSequence(ctx context.Context, run *Run, last *stream.Message) (uint64, error) {
	number, of, err := decodePart(last.Header)
	if err != nil {
		return 0, err
	}
	if number != of || uint64(of) > last.Sequence {
		return 0, fmt.Errorf("%w: message %d is part %d of %d and the last of its subject", ErrCorrupt, last.Sequence, number, of)
	}
	var body []byte
	for sequence := last.Sequence - uint64(of) + 1; sequence < last.Sequence; sequence++ {
		m, err := s.open.Get(ctx, sequence)
		if errors.Is(err, stream.ErrNoMessage) {
			return 0, fmt.Errorf("message %d: %w", sequence, ErrGone)
		}
		if err != nil {
			return 0, err
		}
		body = append(body, m.Data...)
	}
	rest, err := decodeRest(append(body, last.Data...), run.WorkflowID, run.RunID)
	if err != nil {
		return 0, fmt.Errorf("message %d: %w", last.Sequence, err)
	}
	return rest.LogSequence, nil
}

// ReadOpen reads a run by the sequences of its messages. ErrGone, ErrVersion,
// ErrCorrupt (also when they are not all of that run), ctx's.
func (s *Store) ReadOpen(ctx context.Context, workflowID, runID string, sequences []uint64) (*Run, error) {
	a := newAssembly(workflowID, runID, s.openSubject(workflowID, runID))
	for _, sequence := range sequences {
		m, err := s.open.Get(ctx, sequence)
		if errors.Is(err, stream.ErrNoMessage) {
			err = fmt.Errorf("%w: %w", ErrGone, err)
		}
		if err != nil {
			return nil, a.wrap(sequence, err)
		}
		if err := a.add(m); err != nil {
			return nil, err
		}
	}
	return a.end()
}

// RemoveOpen removes a run from OPEN: the messages by their sequences, then
// whatever else the run's subject still has. Those that are gone already are
// no error. Do it when the run is in HISTORY and no index of the log that
// recovery could read still names it. Pace it: each message is a request.
func (s *Store) RemoveOpen(ctx context.Context, workflowID, runID string, sequences []uint64) error {
	if err := s.DropOpen(ctx, sequences); err != nil {
		return err
	}
	subject := s.openSubject(workflowID, runID)
	_, err := s.open.Last(ctx, subject)
	if errors.Is(err, stream.ErrNoMessage) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("removing what is left on %s: %w", subject, err)
	}
	return s.open.PurgeSubject(ctx, subject)
}

// DropOpen removes messages that a whole rewrite has replaced, once an index
// that names the new ones is durable.
func (s *Store) DropOpen(ctx context.Context, sequences []uint64) error {
	for _, sequence := range sequences {
		if err := s.open.Delete(ctx, sequence); err != nil {
			return err
		}
	}
	return nil
}
