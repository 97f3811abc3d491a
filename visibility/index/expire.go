package index

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/visibility/index/filter"
)

// Expire removes up to limit executions that closed before a time, those that closed first, and tells how many it removed.
func (s *Store) Expire(ctx context.Context, closedBefore time.Time, limit int) (removed int, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.transact(ctx, func(w *writer) error {
		old, err := w.closedBefore(filter.Nanoseconds(closedBefore), limit)
		if err != nil {
			return err
		}
		for _, run := range old {
			if err := w.remove(run.id, run.attributes); err != nil {
				return err
			}
		}
		removed = len(old)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("remove from the index what closed before %s: %w", closedBefore.Format(time.RFC3339), s.judge(err))
	}
	return removed, nil
}

type expired struct {
	id         int64
	attributes map[string]*commonpb.Payload
}

func (w *writer) closedBefore(before int64, limit int) ([]expired, error) {
	rows, err := w.tx.StmtContext(w.whole, w.s.closedOld).QueryContext(w.whole, before, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []expired
	for rows.Next() {
		var run expired
		var attributes []byte
		if err := rows.Scan(&run.id, &attributes); err != nil {
			return nil, err
		}
		if run.attributes, err = readAttributes(attributes); err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
		all = append(all, run)
	}
	return all, rows.Err()
}
