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
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrDoubtful, ctx.Err())
	case ack := <-w.acks:
		if errors.Is(ack.Err, ErrFenced) {
			return fmt.Errorf("%w: %w", ErrConflict, ack.Err)
		}
		return ack.Err
	}
}
