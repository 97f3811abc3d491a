package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"
)

// Config says where an index is and what it is of.
type Config struct {
	// Path of the SQLite file; beside it SQLite keeps Path-wal and Path-shm. Empty: a temporary file, which Close removes.
	Path string
	// Identity is what the index is of: the namespace's incarnation and its streams. A file of another identity or of
	// another schema, or one that cannot be read, is removed and made anew.
	Identity string
	Logger   zerolog.Logger
}

// Store is the index of one namespace. Its methods may be called at the same time; writes wait for each other, reads
// wait for nothing but the few others that can run at a time.
//
// Errors that are not told otherwise are SQLite's or the context's; ErrDamaged is in those that say that the file is to be made
// anew, by Close and Open.
type Store struct {
	config    Config
	temporary bool
	file      *file
	columns   attributeColumns
	// few runs are always found by an index if there is one: fewRuns.
	few int
	// writing is held by who writes.
	writing    sync.Mutex
	statements *statements
	// crowded tells that it was told that there are too many search attributes.
	crowded    bool
	damaged    atomic.Bool
	closed     sync.Once
	closeError error
}

// Open opens the index, or makes an empty one.
func Open(ctx context.Context, config Config) (*Store, error) {
	path, temporary, err := place(config.Path)
	if err != nil {
		return nil, fmt.Errorf("make a place for the index %s: %w", config.Path, err)
	}
	f, err := openFile(ctx, path, config.Identity)
	if errors.Is(err, errOther) || errors.Is(err, ErrDamaged) {
		config.Logger.Info().Err(err).Str("file", path).Msg("the index is made anew")
		if err = remove(path); err == nil {
			f, err = openFile(ctx, path, config.Identity)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open the index %s: %w", path, err)
	}
	s := &Store{config: config, temporary: temporary, file: f, few: fewRuns}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the index %s: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *Store) load(ctx context.Context) (err error) {
	if err := s.columns.load(ctx, s.file.writer); err != nil {
		return s.judge(err)
	}
	s.statements, err = prepare(ctx, s.file.writer, s.columns.count())
	return s.judge(err)
}

// Close ends the store. Twice is safe.
func (s *Store) Close() error {
	s.closed.Do(func() {
		s.writing.Lock()
		defer s.writing.Unlock()
		s.closeError = errors.Join(s.statements.close(), s.file.close())
		switch {
		case s.temporary:
			s.closeError = errors.Join(s.closeError, os.RemoveAll(filepath.Dir(s.file.path)))
		case s.damaged.Load():
			s.closeError = errors.Join(s.closeError, remove(s.file.path))
		}
	})
	return s.closeError
}

// judge notes that the file is damaged if an error says so.
func (s *Store) judge(err error) error {
	err = sqliteError(err)
	if errors.Is(err, ErrDamaged) {
		s.damaged.Store(true)
	}
	return err
}

// Positions tells how far the projection had read with the last batch that said so; false: no batch did.
func (s *Store) Positions(ctx context.Context) (Positions, bool, error) {
	var text []byte
	err := s.file.reader.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'positions'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return Positions{}, false, nil
	}
	if err != nil {
		return Positions{}, false, fmt.Errorf("read the index's positions: %w", s.judge(err))
	}
	var positions Positions
	if err := json.Unmarshal(text, &positions); err != nil {
		s.damaged.Store(true)
		return Positions{}, false, fmt.Errorf("read the index's positions: %w: %w", ErrDamaged, err)
	}
	return positions, true, nil
}
