package sweep

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

// DefaultGrace is how long a payload stays after it was put there or renewed, whoever holds it.
const DefaultGrace = time.Hour

// Config of a Sweeper.
type Config struct {
	JetStream jetstream.JetStream
	Bucket    api.Bucket
	// Stream is how the bucket's must be, and Created when it was made.
	Stream  jetstream.StreamConfig
	Created time.Time
	// Grace is twice the time after which payloads are renewed; 0: DefaultGrace. A sweep is made each half of it, or less often
	// where sweeps take long.
	Grace time.Duration
	// Held is what runs hold, all who were there when it was called. An error ends the sweep with nothing removed.
	Held   func(ctx context.Context) (map[api.PayloadID]struct{}, error)
	Logger zerolog.Logger
	// Swept is called after each sweep; nil: nobody wants to know.
	Swept func(Result, error)
}

// Sweeper sweeps one namespace's bucket from Start to Stop, in one goroutine.
type Sweeper struct {
	config Config
	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins.
func Start(config Config) *Sweeper {
	config.Grace = cmp.Or(config.Grace, DefaultGrace)
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sweeper{config: config, cancel: cancel, done: make(chan struct{})}
	go s.run(ctx)
	return s
}

// Stop ends a sweep under way and waits for that. Twice is safe.
func (s *Sweeper) Stop() {
	s.cancel()
	<-s.done
}

func (s *Sweeper) run(ctx context.Context) {
	defer close(s.done)
	timer := time.NewTimer(s.pause(0))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		result, err := s.sweep(ctx)
		timer.Reset(s.pause(time.Since(began)))
		if ctx.Err() != nil {
			return
		}
		s.tell(result, err)
	}
}

// share is of the time, at most, what sweeps take: one reads the headers of all closed runs, which may be very many.
const share = 20

// pause is how long to wait behind a sweep that took so long.
func (s *Sweeper) pause(took time.Duration) time.Duration {
	return max(s.config.Grace/2, (share-1)*took)
}

// tell says what came of a sweep. What stands in the way of one is mended, or tried again with the next.
func (s *Sweeper) tell(result Result, err error) {
	switch {
	case errors.Is(err, stream.ErrMissing), errors.Is(err, stream.ErrReplaced), errors.Is(err, stream.ErrSettings):
		s.config.Logger.Error().Err(err).Msg("the bucket of large payloads is not the one that was made: workflows that need it fail until it is restored")
	case err != nil:
		s.config.Logger.Warn().Err(err).Msg("large payloads that nobody holds were not all removed; it is tried again")
	case result.Removed+result.Orphans > 0:
		s.config.Logger.Debug().Int("removed", result.Removed).Int("unfinished", result.Orphans).Int("held", result.Held).Msg("large payloads that nobody holds were removed")
	}
	if s.config.Swept != nil {
		s.config.Swept(result, err)
	}
}
