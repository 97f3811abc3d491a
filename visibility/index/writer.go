package index

import (
	"context"
	"database/sql"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
)

// writer writes rows within one transaction.
type writer struct {
	ctx     context.Context
	tx      *sql.Tx
	s       *statements
	columns *attributeColumns
}

// transact runs what writes in one transaction. It ends with the context between statements: a statement that could be
// interrupted costs more than the statement.
func (s *Store) transact(ctx context.Context, write func(*writer) error) error {
	tx, err := s.file.writer.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	if err := write(&writer{ctx: ctx, tx: tx, s: s.statements, columns: &s.columns}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (w *writer) exec(statement *sql.Stmt, args ...any) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	_, err := w.tx.StmtContext(context.WithoutCancel(w.ctx), statement).ExecContext(context.WithoutCancel(w.ctx), args...)
	return err
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
	err := w.tx.StmtContext(context.WithoutCancel(w.ctx), w.s.find).QueryRow(run).Scan(&row.id, &sequence, &closeTime, &attributes, &memo)
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

// put writes a row with what has changed since.
func (w *writer) put(p *pending) error {
	row := changed(p.row, p.changes)
	all := indexAttributes(row.SearchAttributes)
	values, err := row.values()
	if err != nil {
		return err
	}
	args := append(values, w.columnValues(all)...)
	if err := w.ctx.Err(); err != nil {
		return err
	}
	result, err := w.tx.StmtContext(context.WithoutCancel(w.ctx), w.s.insert).ExecContext(context.WithoutCancel(w.ctx), args...)
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

// putOver writes a row over the one that its run has, if it is newer; if not, the changes are those of the row that is there.
func (w *writer) putOver(p *pending) error {
	old, err := w.find(p.row.RunID)
	if err != nil {
		return err
	}
	if !replaces(p.row, old.sequence, old.closed) {
		for _, change := range p.changes {
			if err := w.change(change); err != nil {
				return err
			}
		}
		return nil
	}
	row := changed(replacement(p.row, old.sequence), p.changes)
	values, err := row.values()
	if err != nil {
		return err
	}
	all := indexAttributes(row.SearchAttributes)
	args := append(append(values, w.columnValues(all)...), old.id)
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
