package rest

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

// Errors of this package; those of package history/stream come from here too.
var (
	// ErrSetAside: the run's subject holds what cannot be of this run as it is
	// known here: nothing was written, and nothing may be until somebody has looked.
	ErrSetAside = errors.New("what is at rest is not what is known of the run")
	// ErrSuperseded: a newer owner of the shard has written the run.
	ErrSuperseded = errors.New("a newer owner has written the run")
	// ErrMissing: a message of the run is not there.
	ErrMissing = errors.New("a message of the run at rest is missing")
	// ErrCorrupt: a message of the run cannot be read.
	ErrCorrupt = errors.New("a message of the run at rest cannot be read")
)

// MaxSequences is in how many messages a run should be in OPEN at most: when
// len(Run.Sequences) has reached it, give the next WriteOpen the whole run
// (FirstEventID 1); Result.Sequences then has the new messages alone.
const MaxSequences = 8

// Config is where a namespace's runs rest.
type Config struct {
	JetStream   jetstream.JetStream
	Names       api.Names
	Incarnation api.Incarnation
	// Replicas is used by Create alone; 0: 1.
	Replicas int
	// Retention is how long closed runs are kept.
	Retention time.Duration
	// OpenCreated and HistoryCreated are what Create returned. Zero: not checked.
	OpenCreated, HistoryCreated time.Time
	// Timeout is how long an acknowledgement or an answer may take; 0: 10 s.
	Timeout time.Duration
	// MaxPayload is the largest message in bytes; 0: what the connection allows.
	MaxPayload int
}

// Create makes OPEN and HISTORY and returns when they were made. Streams that
// exist already with the right settings are left: it can be repeated.
func Create(ctx context.Context, config Config) (open, history time.Time, err error) {
	return time.Time{}, time.Time{}, errors.ErrUnsupported
}

// Store is a namespace's runs at rest.
type Store struct{ config Config }

// Open finds both streams and checks that they are those that were made, with
// the settings that they must have. It retries time-outs until ctx ends.
func Open(ctx context.Context, config Config) (*Store, error) { return nil, errors.ErrUnsupported }

// Run is one run, whole or, for WriteOpen, what of it is new.
type Run struct {
	WorkflowID, RunID string
	// FirstEventID is the id of the first event in Batches.
	FirstEventID int64
	// Batches are encoded events as they were committed together. May be empty.
	Batches []*recordpb.Batch
	State   *recordpb.RunState
	Summary *recordpb.Summary
	// LogSequence is up to where in the shard's log the run is complete with
	// this. Give the last acknowledged sequence of the log, not the run's own
	// last: it tells a newer owner's rest from an older one's.
	LogSequence uint64
	// Sequences of the run's messages in OPEN, ascending; none: it is not there yet.
	Sequences []uint64
}

// Result is the outcome of writing one run.
type Result struct {
	// Sequences of all messages of the run from now on, ascending.
	Sequences []uint64
	// Err is ErrSetAside, ErrSuperseded, or of package stream; nothing of the
	// run was written, unless it is a context's or a connection's error: then it is
	// not known, and writing again settles it.
	Err error
}

// WriteOpen writes runs to OPEN: one Result for each run, in their order. Each
// run is written whole or not at all. A run of which FirstEventID is 1
// and Sequences are not empty replaces its earlier messages, which stay until
// DropOpen, since an earlier index of the log may still name them.
func (s *Store) WriteOpen(ctx context.Context, runs []Run) []Result { return nil }

// ReadOpen reads a run by the sequences of its messages. ErrMissing,
// ErrCorrupt (also when they are not consecutive parts of that run).
func (s *Store) ReadOpen(ctx context.Context, workflowID, runID string, sequences []uint64) (*Run, error) {
	return nil, errors.ErrUnsupported
}

// RemoveOpen removes a run from OPEN: the messages by their sequences, then
// whatever else the run's subject still has. Those that are gone already are no error.
// Do it when the run is in HISTORY and no index that recovery could read still needs them.
func (s *Store) RemoveOpen(ctx context.Context, workflowID, runID string, sequences []uint64) error {
	return errors.ErrUnsupported
}

// DropOpen removes messages that a whole rewrite has replaced, once an index
// that names the new ones is durable.
func (s *Store) DropOpen(ctx context.Context, sequences []uint64) error { return errors.ErrUnsupported }

// WriteClosed writes whole closed runs to HISTORY: one Result for each, in
// their order. Give an id's runs in the order in which they ran. A run that is
// there already, with the same status and close time, counts as written.
func (s *Store) WriteClosed(ctx context.Context, runs []Run) []Result { return nil }

// LastClosed is the summary of the last run of the workflow id in HISTORY, from
// the stream's leader; nil when there is none.
func (s *Store) LastClosed(ctx context.Context, workflowID string) (*recordpb.Summary, error) {
	return nil, errors.ErrUnsupported
}

// ReadClosed reads a run from HISTORY; runID "" is the last one. nil when there is none.
func (s *Store) ReadClosed(ctx context.Context, workflowID, runID string) (*Run, error) {
	return nil, errors.ErrUnsupported
}

// ClosedTokens yields the subject token of the workflow id (api.Token) of every
// run in HISTORY, one or more times each, page by page. Runs that close
// meanwhile may be left out.
func (s *Store) ClosedTokens(ctx context.Context) iter.Seq2[string, error] { return nil }
