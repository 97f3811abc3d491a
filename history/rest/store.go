package rest

import (
	"context"
	"fmt"
	"time"

	"github.com/perdure/perdure/history/stream"
)

// Store is a namespace's runs at rest.
type Store struct {
	config        Config
	open, history *stream.Stream
	// slots bounds the batches in flight: the server allows 50 a stream, of
	// all processes together.
	slots chan struct{}
}

// maxBatches is how many batches one Store has in flight.
const maxBatches = 8

// Create makes OPEN and HISTORY and returns when they were made. Streams that
// exist already with the right settings are left: it can be repeated.
// Errors: those of package stream.
func Create(ctx context.Context, config Config) (open, history time.Time, err error) {
	if config, err = config.withDefaults(); err != nil {
		return open, history, err
	}
	if open, err = stream.Create(ctx, config.JetStream, config.open()); err != nil {
		return open, history, err
	}
	history, err = stream.Create(ctx, config.JetStream, config.history())
	return open, history, err
}

// Open finds both streams and checks that they are those that were made, with
// the settings that they must have. It retries time-outs until ctx ends.
// Errors: ErrVersion; ErrMissing, ErrReplaced, ErrSettings, ErrNotEnabled of
// package stream.
func Open(ctx context.Context, config Config) (*Store, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{config: config, slots: make(chan struct{}, maxBatches)}
	if s.open, err = stream.Open(ctx, config.JetStream, config.open(), config.OpenCreated); err != nil {
		return nil, fmt.Errorf("opening the runs at rest: %w", err)
	}
	if s.history, err = stream.Open(ctx, config.JetStream, config.history(), config.HistoryCreated); err != nil {
		return nil, fmt.Errorf("opening the closed runs: %w", err)
	}
	return s, nil
}

// Check asks the leaders whether both streams are there, those that were made
// and undamaged: ErrMissing, ErrReplaced, ErrLost of package stream.
func (s *Store) Check(ctx context.Context) error {
	for _, each := range []*stream.Stream{s.open, s.history} {
		if _, err := each.State(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) openSubject(workflowID, runID string) string {
	return s.config.Names.Open(s.config.Incarnation.Namespace, workflowID, runID)
}

func (s *Store) historySubject(workflowID, runID string) string {
	return s.config.Names.History(s.config.Incarnation.Namespace, workflowID, runID)
}
