package log

import (
	"context"
	"errors"
	"fmt"

	"github.com/perdure/perdure/api/recordpb"
)

// TakeOver appends the first frame of the epoch, expecting that the log's last
// sequence is after, and waits for its acknowledgement. ErrConflict: read on
// from after+1 and try again, with a higher epoch if one has begun. Any other
// error: whether the epoch began is not known before the log is read again.
// A Writer that is open must be closed before.
func (l *Log) TakeOver(ctx context.Context, owner string, after, epoch uint64) (*Writer, error) {
	w, err := l.newWriter(after, epoch)
	if err != nil {
		return nil, fmt.Errorf("taking over log %s: %w", l.config.Stream, err)
	}
	if err := w.beginEpoch(ctx, owner, after); err != nil {
		w.Close()
		return nil, fmt.Errorf("taking over log %s behind %d with epoch %d: %w", l.config.Stream, after, epoch, err)
	}
	return w, nil
}

func (w *Writer) beginEpoch(ctx context.Context, owner string, after uint64) error {
	begin := &recordpb.EpochBegin{Owner: owner, AfterSequence: after}
	if _, err := w.Append(&recordpb.Frame{Content: &recordpb.Frame_EpochBegin{EpochBegin: begin}}); err != nil {
		return err
	}
	err := w.Await(ctx).Err
	if errors.Is(err, ErrFenced) {
		return fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return err
}
