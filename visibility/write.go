package visibility

import (
	"context"
	"fmt"
)

// flush writes the batch, if there is something in it.
func (r *reader) flush(ctx context.Context) error {
	if r.batch.size() == 0 {
		return nil
	}
	return r.write(ctx, r.batch)
}

// write writes a batch with the positions that are reached.
func (r *reader) write(ctx context.Context, b *batch) error {
	r.notePositions()
	content := b.content()
	content.Positions = &r.positions
	if err := r.store.Apply(ctx, content); err != nil {
		return indexError{fmt.Errorf("writing to the index: %w", err)}
	}
	b.clear()
	return nil
}

// notePositions has the index told how far the logs are read with what is written next. While runs may be missing it is
// told of none: who opens it then does not take it to be whole.
func (r *reader) notePositions() {
	if r.rebuild != nil {
		r.positions.Logs, r.positions.Epochs = nil, nil
		return
	}
	r.positions.Logs, r.positions.Epochs = make([]uint64, len(r.followers)), make([]uint64, len(r.followers))
	for shard, f := range r.followers {
		r.positions.Logs[shard], r.positions.Epochs[shard] = f.Position()
	}
}
