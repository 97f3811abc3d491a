package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readers is how many lists and counts run at a time; further ones wait for one of them.
const readers = 4

// ErrDamaged is in the error of a call that found the file damaged. The store is of no use then: Close removes the file,
// and Open makes a new one.
var ErrDamaged = errors.New("the index is damaged; it is made anew when it is opened again")

// errOther tells that a file is not the index that was asked for.
var errOther = errors.New("it is of another identity or version")

// file is an open SQLite file: one connection that writes, and several that read what was there when they began.
type file struct {
	path   string
	writer *sql.DB
	reader *sql.DB
}

// openFile opens a file, and makes an empty index if there is none. It fails with errOther or ErrDamaged if what is there
// is to be replaced.
func openFile(ctx context.Context, path, identity string) (*file, error) {
	if err := private(path); err != nil {
		return nil, err
	}
	writer, err := sql.Open("sqlite", address(path, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)",
		"_pragma=wal_autocheckpoint(16000)", "_pragma=journal_size_limit(67108864)", "_pragma=cache_size(-32768)"))
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", address(path, "_pragma=query_only(1)", "_pragma=cache_size(-8192)"))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	f := &file{path: path, writer: writer, reader: reader}
	if err := f.check(ctx, identity); err != nil {
		return nil, errors.Join(sqliteError(err), f.close())
	}
	return f, nil
}

// address names a file to the driver. What is odd in its path is escaped: behind a ? the driver reads its settings.
func address(path string, settings ...string) string {
	query := "_busy_timeout=10000"
	for _, setting := range settings {
		query += "&" + setting
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query}).String()
}

// check looks whether the file is what was asked for, or fills an empty one.
func (f *file) check(ctx context.Context, identity string) error {
	tx, err := f.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var tables int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		var version int
		var found string
		err := tx.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = 'version'), (SELECT value FROM meta WHERE key = 'identity')`).Scan(&version, &found)
		if err != nil || version != schemaVersion || found != identity {
			return errors.Join(errOther, err)
		}
		return nil
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO meta VALUES ('version', ?), ('identity', ?)`, schemaVersion, identity); err != nil {
		return err
	}
	return tx.Commit()
}

func (f *file) close() error {
	return errors.Join(f.reader.Close(), f.writer.Close())
}

// private makes the file, so that nobody else may read it: SQLite gives those beside it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// remove deletes a file and what SQLite keeps beside it.
func remove(path string) error {
	var all error
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// place makes the path absolute and its directory; without a path it makes a directory that is gone with the store.
func place(path string) (absolute string, temporary bool, err error) {
	if path == "" {
		dir, err := os.MkdirTemp("", "perdure-index-")
		return filepath.Join(dir, "index.db"), true, err
	}
	if absolute, err = filepath.Abs(path); err != nil {
		return "", false, err
	}
	return absolute, false, os.MkdirAll(filepath.Dir(absolute), 0o700)
}

// sqliteError says in SQLite's errors which of them mean damage.
func sqliteError(err error) error {
	var fault *sqlite.Error
	if errors.As(err, &fault) {
		switch fault.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}
