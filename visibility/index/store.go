package index

import (
	"context"
	"errors"
	"time"

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
// wait for nothing.
type Store struct{}

var errUnbuilt = errors.New("index: not there yet")

// Open opens the index, or makes an empty one.
func Open(ctx context.Context, config Config) (*Store, error) { return nil, errUnbuilt }

// Close ends the store. Twice is safe.
func (s *Store) Close() error { return nil }

// Positions tells how far the projection had read with the last batch that said so; false: the index is new.
func (s *Store) Positions(ctx context.Context) (Positions, bool, error) {
	return Positions{}, false, errUnbuilt
}

// Apply writes a batch: all of it, or nothing with an error.
func (s *Store) Apply(ctx context.Context, batch Batch) error { return errUnbuilt }

// Expire removes up to limit executions that closed before a time, and tells how many it removed.
func (s *Store) Expire(ctx context.Context, closedBefore time.Time, limit int) (removed int, err error) {
	return 0, errUnbuilt
}

// List tells one page of the executions that a filter matches. Executions that do not change between its pages are in
// exactly one of them. A filter that is wrong is InvalidArgument.
func (s *Store) List(ctx context.Context, query Query) (Page, error) { return Page{}, errUnbuilt }

// Count counts the executions that a filter matches, in groups if it says GROUP BY. A filter that is wrong is InvalidArgument.
func (s *Store) Count(ctx context.Context, query Query) (Counts, error) { return Counts{}, errUnbuilt }
