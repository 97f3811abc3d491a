package index

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// statements are those that write rows, prepared for the columns that there are.
type statements struct {
	// columns is how many search attributes have a column.
	columns int
	// insert takes a row's columns and then its search attributes', and does nothing if the run has a row.
	insert *sql.Stmt
	// replace takes the same, and the row's id.
	replace *sql.Stmt
	// find tells of a run by its id: id, sequence, close time, search attributes, memo.
	find *sql.Stmt
	// progress writes a change without search attributes and memo: see progressOf.
	progress *sql.Stmt
	// describe takes memo, search attributes and their columns, and the row's id.
	describe             *sql.Stmt
	remove               *sql.Stmt
	addWord, removeWord  *sql.Stmt
	positions, closedOld *sql.Stmt
}

func prepare(ctx context.Context, db *sql.DB, columns int) (*statements, error) {
	s := &statements{columns: columns}
	attributes := make([]string, columns)
	for i := range attributes {
		attributes[i] = columnName(i + 1)
	}
	all := append(rowColumns[:len(rowColumns):len(rowColumns)], attributes...)
	for target, text := range map[**sql.Stmt]string{
		&s.insert:   `INSERT INTO runs (` + strings.Join(all, ", ") + `) VALUES (` + marks(len(all)) + `) ON CONFLICT (run_id) DO NOTHING`,
		&s.replace:  `UPDATE runs SET ` + strings.Join(all, " = ?, ") + ` = ? WHERE id = ?`,
		&s.describe: `UPDATE runs SET ` + strings.Join(append([]string{"memo", "search_attributes"}, attributes...), " = ?, ") + ` = ? WHERE id = ?`,
		&s.find:     `SELECT id, sequence, close_time, search_attributes, memo FROM runs WHERE run_id = ?`,
		&s.progress: `UPDATE runs SET status = coalesce(?1, status), close_time = coalesce(?2, close_time), duration = coalesce(?2 - execution_time, duration),
			history_length = coalesce(?3, history_length), history_size = coalesce(?4, history_size), state_transitions = coalesce(?5, state_transitions),
			sequence = ?6 WHERE run_id = ?7 AND sequence < ?6`,
		&s.remove:     `DELETE FROM runs WHERE id = ?`,
		&s.addWord:    `INSERT INTO words (attribute, word, run) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		&s.removeWord: `DELETE FROM words WHERE attribute = ? AND word = ? AND run = ?`,
		&s.positions:  `INSERT INTO meta VALUES ('positions', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		&s.closedOld:  `SELECT id, search_attributes FROM runs WHERE close_time < ? ORDER BY close_time LIMIT ?`,
	} {
		prepared, err := db.PrepareContext(ctx, text)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		*target = prepared
	}
	return s, nil
}

func (s *statements) close() error {
	if s == nil {
		return nil
	}
	var all error
	for _, one := range []*sql.Stmt{s.insert, s.replace, s.describe, s.find, s.progress, s.remove, s.addWord, s.removeWord, s.positions, s.closedOld} {
		if one != nil {
			all = errors.Join(all, one.Close())
		}
	}
	return all
}
