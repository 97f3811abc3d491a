package rest

import (
	"fmt"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/stream"
)

// assembly puts a run together from its messages, in their order.
type assembly struct {
	run         Run
	subject     string
	parts, next int // of the write at hand: how many it has, which is next
	body        []byte
	summary     *recordpb.Summary
}

func newAssembly(workflowID, runID, subject string) *assembly {
	return &assembly{run: Run{WorkflowID: workflowID, RunID: runID, FirstEventID: 1}, subject: subject}
}

// add takes the run's next message. Errors: ErrCorrupt, ErrVersion.
func (a *assembly) add(m *stream.Message) error {
	number, of, err := decodePart(m.Header)
	if err == nil && a.next == 0 {
		a.next, a.parts, a.body = 1, of, nil
	}
	switch {
	case err != nil:
		return a.wrap(m.Sequence, err)
	case m.Subject != a.subject:
		return a.wrap(m.Sequence, fmt.Errorf("%w: its subject is %s", ErrCorrupt, m.Subject))
	case number != a.next || of != a.parts:
		return a.wrap(m.Sequence, fmt.Errorf("%w: it is part %d of %d where %d of %d comes next", ErrCorrupt, number, of, a.next, a.parts))
	case len(a.body)+len(m.Data) > MaxRun:
		return a.wrap(m.Sequence, fmt.Errorf("%w: its parts exceed %d bytes", ErrCorrupt, MaxRun))
	}
	a.body = append(a.body, m.Data...)
	a.run.Sequences = append(a.run.Sequences, m.Sequence)
	a.next++
	if number < of {
		return nil
	}
	a.next = 0
	if a.summary, err = decodeSummary(m.Header); err != nil {
		return a.wrap(m.Sequence, err)
	}
	return a.wrap(m.Sequence, a.write())
}

// write takes one write of the run, now complete.
func (a *assembly) write() error {
	rest, err := decodeRest(a.body, a.run.WorkflowID, a.run.RunID)
	if err != nil {
		return err
	}
	if expected := eventCount(a.run.Batches) + 1; rest.FirstEventId != expected {
		return fmt.Errorf("%w: it begins with event %d where %d comes next", ErrCorrupt, rest.FirstEventId, expected)
	}
	a.run.Batches = append(a.run.Batches, rest.Batches...)
	a.run.State, a.run.LogSequence, a.body = rest.State, rest.LogSequence, nil
	return nil
}

// end is the whole run.
func (a *assembly) end() (*Run, error) {
	if a.next != 0 || a.run.State == nil {
		return nil, fmt.Errorf("%v: %w: it ends with part %d of %d", &a.run, ErrCorrupt, a.next-1, a.parts)
	}
	a.run.Summary = a.summary
	return &a.run, nil
}

func (a *assembly) wrap(sequence uint64, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%v: message %d on %s: %w", &a.run, sequence, a.subject, err)
}
