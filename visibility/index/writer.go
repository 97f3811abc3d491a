package index

import (
	"context"
	"database/sql"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
)

// writer writes rows within one transaction.
type writer struct {
	// ctx is looked at between statements, which run with whole: the driver needs a goroutine for each that could be interrupted.
	ctx, whole context.Context
	tx         *sql.Tx
	s          *statements
	columns    *attributeColumns
}

// transact runs what writes in one transaction.
func (s *Store) transact(ctx context.Context, write func(*writer) error) error {
	whole := context.WithoutCancel(ctx)
	tx, err := s.file.writer.BeginTx(whole, nil)
	if err != nil {
		return err
	}
	if err := write(&writer{ctx: ctx, whole: whole, tx: tx, s: s.statements, columns: &s.columns}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (w *writer) exec(statement *sql.Stmt, args ...any) error {
	_, err := w.run(statement, args...)
	return err
}

func (w *writer) run(statement *sql.Stmt, args ...any) (sql.Result, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	return w.tx.StmtContext(w.whole, statement).ExecContext(w.whole, args...)
}

// stored is what has to be known of a row to write over it.
type stored struct {
	id         int64
	sequence   uint64
	closed     bool
	attributes map[string]*commonpb.Payload
	memo       map[string]*commonpb.Payload
}

func (w *writer) find(run string) (*stored, error) {
	var row stored
	var sequence, closeTime int64
	var attributes, memo []byte
	err := w.tx.StmtContext(w.whole, w.s.find).QueryRowContext(w.whole, run).Scan(&row.id, &sequence, &closeTime, &attributes, &memo)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	row.sequence, row.closed = uint64(sequence), closeTime != open
	if row.attributes, err = readAttributes(attributes); err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	if row.memo, err = readMemo(memo); err != nil {
		return nil, errors.Join(ErrDamaged, err)
	}
	return &row, nil
}

// put writes what a batch says of a run that has no row yet, or else all of it over the row that it has.
func (w *writer) put(p *pending) error {
	row := p.whole()
	all := indexAttributes(row.SearchAttributes)
	args, err := row.values()
	if err != nil {
		return err
	}
	result, err := w.run(w.s.insert, append(args, w.columnValues(all)...)...)
	if err != nil {
		return err
	}
	if inserted, err := result.RowsAffected(); err != nil || inserted == 0 {
		return errors.Join(err, w.putOver(p))
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	return w.addWords(id, all)
}

func (w *writer) putOver(p *pending) error {
	for _, row := range p.rows {
		if err := w.replace(row); err != nil {
			return err
		}
	}
	for _, change := range p.changes {
		if err := w.change(change); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a row over the one that its run has, if that is older.
func (w *writer) replace(row *Execution) error {
	old, err := w.find(row.RunID)
	if err != nil || old == nil || !replaces(row, old.sequence, old.closed) {
		return err
	}
	args, err := replacement(row, old.sequence).values()
	if err != nil {
		return err
	}
	all := indexAttributes(row.SearchAttributes)
	args = append(append(args, w.columnValues(all)...), old.id)
	if err := w.exec(w.s.replace, args...); err != nil {
		return err
	}
	if err := w.removeWords(old.id, indexAttributes(old.attributes)); err != nil {
		return err
	}
	return w.addWords(old.id, all)
}

// change writes what a record says of a run that has a row.
func (w *writer) change(c Change) error {
	if len(c.SearchAttributes) > 0 || len(c.Memo.GetFields()) > 0 {
		if err := w.describe(c); err != nil {
			return err
		}
	}
	var end any
	if !c.Close.IsZero() {
		end = closeTime(c.Close)
	}
	return w.exec(w.s.progress, known(int64(c.Status)), end,
		known(c.HistoryLength), known(c.HistorySize), known(c.StateTransitions), int64(c.Sequence), c.RunID)
}

// describe writes search attributes and memo; the row's sequence stays, for what else the change says.
func (w *writer) describe(c Change) error {
	old, err := w.find(c.RunID)
	if err != nil || old == nil || old.sequence >= c.Sequence {
		return err
	}
	attributes := merge(old.attributes, c.SearchAttributes)
	memo, err := memoBytes(merge(old.memo, c.Memo.GetFields()))
	if err != nil {
		return err
	}
	encoded, err := attributeBytes(attributes)
	if err != nil {
		return err
	}
	all := indexAttributes(attributes)
	args := append([]any{memo, encoded}, w.columnValues(all)...)
	if err := w.exec(w.s.describe, append(args, old.id)...); err != nil {
		return err
	}
	if err := w.removeWords(old.id, indexAttributes(old.attributes)); err != nil {
		return err
	}
	return w.addWords(old.id, all)
}

func (w *writer) delete(run string) error {
	old, err := w.find(run)
	if err != nil || old == nil {
		return err
	}
	return w.remove(old.id, old.attributes)
}

func (w *writer) remove(id int64, attributes map[string]*commonpb.Payload) error {
	if err := w.removeWords(id, indexAttributes(attributes)); err != nil {
		return err
	}
	return w.exec(w.s.remove, id)
}
