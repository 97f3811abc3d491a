package rest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
)

// WriteClosed writes whole closed runs to HISTORY: one Result for each, in
// their order. Give an id's runs in the order in which they ran: when one
// fails, the later ones of its id do. A run that is there already, with the
// same status and close time, counts as written.
func (s *Store) WriteClosed(ctx context.Context, runs []Run) []Result {
	results := make([]Result, len(runs))
	jobs := make([]*job, len(runs))
	ofID := map[string][]*job{}
	for i := range runs {
		run := runs[i] // of its sequences in OPEN nothing is expected here
		run.Sequences = nil
		messages, err := s.config.encode(&run, s.historySubject(run.WorkflowID, run.RunID), 0)
		if err == nil && !run.whole() {
			err = fmt.Errorf("%v: it begins with event %d: this is a mistake of the program", &run, run.FirstEventID)
		}
		jobs[i] = newJob(&run, messages, err, &results[i])
		ofID[run.WorkflowID] = append(ofID[run.WorkflowID], jobs[i])
	}
	ready := func(j *job) {
		for _, earlier := range ofID[j.run.WorkflowID] {
			if earlier == j {
				return
			}
			if err := earlier.result.Err; err != nil {
				j.fail(fmt.Errorf("%v: an earlier run of it was not written: %w", j.run, err))
				return
			}
		}
	}
	s.write(ctx, place{stream: s.history, settle: s.settleClosed, ready: ready}, jobs)
	return results
}

// settleClosed looks whether the run is there. A closed run never changes.
func (s *Store) settleClosed(ctx context.Context, j *job) error {
	there, err := s.history.Last(ctx, j.messages[0].Subject)
	if errors.Is(err, stream.ErrNoMessage) {
		return nil
	}
	if err != nil {
		return err
	}
	summary, err := decodeSummary(there.Header)
	if err == nil {
		_, _, err = decodePart(there.Header)
	}
	mine := j.run.Summary
	switch {
	case err != nil:
		j.fail(fmt.Errorf("%v: %w: message %d on %s: %w", j.run, ErrSetAside, there.Sequence, there.Subject, err))
	case summary.WorkflowId != mine.WorkflowId || summary.RunId != mine.RunId || summary.Status != mine.Status || summary.CloseTime != mine.CloseTime:
		j.fail(fmt.Errorf("%v: %w: message %d on %s is of run %.80q of workflow %.80q that ended as %v at %d, not as %v at %d",
			j.run, ErrSetAside, there.Sequence, there.Subject, summary.RunId, summary.WorkflowId, summary.Status, summary.CloseTime, mine.Status, mine.CloseTime))
	default:
		j.result.Sequences, j.done = sequencesOf(there), true
	}
	return nil
}

// sequencesOf are the parts of which this message is the last.
func sequencesOf(last *stream.Message) []uint64 {
	_, of, err := decodePart(last.Header)
	if err != nil || uint64(of) > last.Sequence {
		return []uint64{last.Sequence}
	}
	sequences := make([]uint64, of)
	for i := range sequences {
		sequences[i] = last.Sequence - uint64(of-1-i)
	}
	return sequences
}

// LastClosed is the summary of the last run of the workflow id in HISTORY, from
// the stream's leader; nil when there is none. ErrCorrupt.
func (s *Store) LastClosed(ctx context.Context, workflowID string) (*recordpb.Summary, error) {
	_, summary, err := s.lastClosed(ctx, workflowID)
	return summary, err
}

func (s *Store) lastClosed(ctx context.Context, workflowID string) (*stream.Message, *recordpb.Summary, error) {
	m, err := s.history.Last(ctx, s.config.Names.HistoryOf(s.config.Incarnation.Namespace, workflowID))
	if errors.Is(err, stream.ErrNoMessage) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the last closed run of workflow %q: %w", workflowID, err)
	}
	summary, err := decodeSummary(m.Header)
	if err != nil {
		return nil, nil, fmt.Errorf("message %d on %s: %w", m.Sequence, m.Subject, err)
	}
	// The subject may have a hash of the id.
	if summary.WorkflowId != workflowID {
		return nil, nil, nil
	}
	return m, summary, nil
}

// ReadClosed reads a run from HISTORY; runID "" is the last one. nil when there
// is none. ErrCorrupt, ErrVersion, ErrGone, ctx's.
func (s *Store) ReadClosed(ctx context.Context, workflowID, runID string) (*Run, error) {
	var last *stream.Message
	var err error
	if runID == "" {
		var summary *recordpb.Summary
		if last, summary, err = s.lastClosed(ctx, workflowID); summary != nil {
			runID = summary.RunId
		}
	} else if last, err = s.history.Find(ctx, s.historySubject(workflowID, runID)); errors.Is(err, stream.ErrNoMessage) {
		return nil, nil
	}
	if err != nil || last == nil {
		return nil, err
	}
	return s.readParts(ctx, workflowID, runID, last)
}

func (s *Store) readParts(ctx context.Context, workflowID, runID string, last *stream.Message) (*Run, error) {
	a := newAssembly(workflowID, runID, s.historySubject(workflowID, runID))
	if _, of, err := decodePart(last.Header); err != nil || uint64(of) > last.Sequence {
		return nil, a.wrap(last.Sequence, fmt.Errorf("%w: %w", ErrCorrupt, err))
	}
	first := sequencesOf(last)[0]
	err := s.history.Read(ctx, first, last.Sequence-1, a.add)
	if errors.Is(err, stream.ErrLost) {
		// Age takes the parts one after the other.
		if state, stateErr := s.history.State(ctx); stateErr == nil && state.First > first {
			return nil, nil
		}
		err = fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err != nil {
		return nil, err
	}
	if err := a.add(last); err != nil {
		return nil, err
	}
	return a.end()
}

// ClosedCount is how many messages HISTORY has: one for each closed run, more for large ones.
func (s *Store) ClosedCount(ctx context.Context) (uint64, error) {
	state, err := s.history.State(ctx)
	return state.Messages, err
}

// ClosedTokens yields the subject token of the workflow id (api.Token) of every
// run in HISTORY, once or more, page by page. Of runs that close
// meanwhile some are left out. An error ends it.
func (s *Store) ClosedTokens(ctx context.Context) iter.Seq2[string, error] {
	filter := s.config.Names.HistoryAll(s.config.Incarnation.Namespace)
	prefix := strings.TrimSuffix(filter, ">")
	return func(yield func(string, error) bool) {
		for subject, err := range s.history.Subjects(ctx, filter) {
			token, _, _ := strings.Cut(strings.TrimPrefix(subject, prefix), ".")
			if !yield(token, err) {
				return
			}
		}
	}
}

// HasClosed tells whether a run is in HISTORY. ErrCorrupt, ctx's.
func (s *Store) HasClosed(ctx context.Context, workflowID, runID string) (bool, error) {
	m, err := s.history.Last(ctx, s.historySubject(workflowID, runID))
	if errors.Is(err, stream.ErrNoMessage) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("run %s of workflow %q: %w", runID, workflowID, err)
	}
	summary, err := decodeSummary(m.Header)
	if err != nil {
		return false, fmt.Errorf("message %d on %s: %w", m.Sequence, m.Subject, err)
	}
	return summary.WorkflowId == workflowID, nil
}

// RemoveClosed removes a run from HISTORY. One that is not there is no error. Pace it: each run is a request or two.
func (s *Store) RemoveClosed(ctx context.Context, workflowID, runID string) error {
	subject := s.historySubject(workflowID, runID)
	_, err := s.history.Last(ctx, subject)
	if errors.Is(err, stream.ErrNoMessage) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("removing run %s of workflow %q: %w", runID, workflowID, err)
	}
	return s.history.PurgeSubject(ctx, subject)
}
