package visibility

import (
	"context"
	"fmt"

	"github.com/perdure/perdure/history/rest"
)

// scan reads what is at rest for a rebuild, beside the reader, which writes what it finds.
type scan struct {
	reader *reader
	of     *rebuild
	// open and history are up to where OPEN and HISTORY were scanned.
	open, history uint64
	batch         *batch
}

// run scans OPEN to its end, and then HISTORY. A run that goes from one to the other meanwhile is met in the second; one that is
// written to OPEN whole, its earlier messages being removed, is met behind those.
func (s *scan) run(ctx context.Context) error {
	for {
		open, closed, err := s.reader.rests.Extents(ctx)
		if err != nil {
			return err
		}
		switch {
		case s.open < open.Last:
			err = s.through(ctx, s.reader.rests.ScanOpen, &s.open, open.Last, s.batch.open)
		case s.history < closed.Last:
			err = s.through(ctx, s.reader.rests.ScanHistory, &s.history, closed.Last, s.batch.closed)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// scanStream is ScanOpen or ScanHistory of a rest.Store.
type scanStream func(ctx context.Context, first, last uint64, fn func(rest.Written) error) (damaged int, err error)

// through scans one of the streams up to a sequence.
func (s *scan) through(ctx context.Context, stream scanStream, scanned *uint64, last uint64, add func(rest.Written) error) error {
	damaged, err := stream(ctx, *scanned+1, last, func(w rest.Written) error {
		if err := add(w); err != nil {
			return fmt.Errorf("run %s at rest: %w", w.Rest.RunId, err)
		}
		*scanned = w.Sequence
		if s.batch.size() < batchRows {
			return nil
		}
		return s.hand(ctx)
	})
	if damaged > 0 {
		s.reader.logger.Error().Int("messages", damaged).Msg("runs at rest cannot be read: the index of workflows lacks them")
	}
	if err != nil {
		return err
	}
	*scanned = last
	return s.hand(ctx)
}

// hand has the reader write what was scanned, and waits for that.
func (s *scan) hand(ctx context.Context) error {
	written := make(chan error, 1)
	write := func(ctx context.Context) error {
		err := context.Canceled // another rebuild has begun
		if s.reader.rebuild == s.of {
			s.reader.positions.Open, s.reader.positions.History = s.open, s.history
			err = s.reader.write(ctx, s.batch)
		}
		written <- err
		return err
	}
	select {
	case s.reader.results <- write:
		return <-written
	case <-ctx.Done():
		return ctx.Err()
	}
}
