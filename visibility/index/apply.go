package index

import (
	"context"
	"encoding/json"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/visibility/index/filter"
)

// Apply writes a batch: all of it, or nothing with an error. Some thousands of rows are a good size of a batch.
func (s *Store) Apply(ctx context.Context, batch Batch) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.apply(ctx, batch); err != nil {
		return fmt.Errorf("write %d rows and %d changes into the index: %w", len(batch.Put), len(batch.Changes), s.judge(err))
	}
	return nil
}

func (s *Store) apply(ctx context.Context, batch Batch) error {
	rows, others := fold(batch)
	if err := s.addColumns(ctx, rows, others); err != nil {
		return err
	}
	return s.transact(ctx, func(w *writer) error {
		for _, row := range rows {
			if err := w.put(row); err != nil {
				return err
			}
		}
		for _, change := range others {
			if err := w.change(change); err != nil {
				return err
			}
		}
		for _, run := range batch.Delete {
			if err := w.delete(run); err != nil {
				return err
			}
		}
		if batch.Positions == nil {
			return nil
		}
		text, err := json.Marshal(batch.Positions)
		if err != nil {
			return err
		}
		return w.exec(s.statements.positions, text)
	})
}

// addColumns makes the columns that a batch needs, and the statements for them.
func (s *Store) addColumns(ctx context.Context, rows []*pending, others []Change) error {
	var seen []filter.Attribute
	see := func(attributes map[string]*commonpb.Payload) {
		for name, payload := range attributes {
			attribute := filter.Attribute{Name: name, Type: typeOf(name, payload)}
			if s.columns.number(attribute) != 0 {
				continue
			}
			if _, readable := indexAttribute(attribute, payload); readable {
				seen = append(seen, attribute)
			}
		}
	}
	for _, row := range rows {
		for _, whole := range row.rows {
			see(whole.SearchAttributes)
		}
		for _, change := range row.changes {
			see(change.SearchAttributes)
		}
	}
	for _, change := range others {
		see(change.SearchAttributes)
	}
	if len(seen) > 0 {
		if err := s.columns.add(ctx, s.file.writer, seen); err != nil {
			return err
		}
		if s.columns.count() >= maxColumns && !s.crowded {
			s.crowded = true
			s.config.Logger.Warn().Str("file", s.file.path).Int("attributes", maxColumns).
				Msg("the index has as many search attributes as it can: filters do not find others; without the file, which may be deleted while nobody uses it, only those in use are indexed again")
		}
	}
	return s.prepare(ctx)
}

// prepare makes the statements anew if there are more columns than they know. That is looked at with each batch: one
// that was interrupted may have made the columns, and no statements.
func (s *Store) prepare(ctx context.Context) error {
	if s.statements.columns == s.columns.count() {
		return nil
	}
	fresh, err := prepare(ctx, s.file.writer, s.columns.count())
	if err != nil {
		return err
	}
	old := s.statements
	s.statements = fresh
	return old.close()
}
