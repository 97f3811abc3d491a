package visibility

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/history/namespace"
	"github.com/perdure/perdure/internal/pause"
	"github.com/perdure/perdure/visibility/index"
)

// How long a projection waits before it goes on after a failure.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// projection keeps the index of one namespace. Its goroutine, run, opens the index and then is its reader,
// again and again.
type projection struct {
	config   Config
	settings *namespace.Settings
	path     string
	logger   zerolog.Logger
	// troubles are told once a minute; the first of them at once.
	troubles zerolog.Logger
	progress *progress
	// wake has a value when a listing waits.
	wake chan struct{}
	// damaged is set by a listing that found the index so.
	damaged atomic.Bool

	cancel context.CancelFunc
	done   chan struct{}

	mu sync.RWMutex // guards what follows; who reads the store holds it
	// store is nil while there is no index, and missing says why.
	store   *index.Store
	missing error
}

func newProjection(config Config, settings *namespace.Settings, path string) *projection {
	logger := config.Logger.With().Str("namespace", settings.Incarnation.Namespace).Logger()
	return &projection{
		config: config, settings: settings, path: path,
		logger: logger, troubles: logger.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute}),
		progress: newProgress(settings.Shards, time.Now()),
		wake:     make(chan struct{}, 1), done: make(chan struct{}),
		missing: errors.New("it is being opened"),
	}
}

func (p *projection) name() string { return p.settings.Incarnation.Namespace }

func (p *projection) start() {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	go p.run(ctx)
}

// stop ends the projection and waits for it.
func (p *projection) stop(ctx context.Context) error {
	p.cancel()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopping the index of namespace %s: %w", p.name(), ctx.Err())
	}
}

// run keeps the index until the context ends. Whatever fails is tried again, and harms nobody else.
func (p *projection) run(ctx context.Context) {
	defer close(p.done)
	wait := firstWait
	for ctx.Err() == nil {
		began := time.Now()
		err := p.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if errors.Is(err, errAnew) {
			p.logger.Warn().Err(err).Msg("the index of workflows is made anew")
			err = p.remove()
		}
		if err != nil {
			p.troubles.Warn().Err(err).Str("file", p.path).Msg("there is no index of workflows: they cannot be listed; workflows run on, and it is tried again")
		}
		p.withdraw(err)
		if time.Since(began) > longestWait {
			wait = firstWait
		}
		_ = pause.For(ctx, wait) // the loop looks whether ctx has ended
		wait = min(2*wait, longestWait)
	}
	p.withdraw(errors.New("the server is stopping"))
}

// errAnew: the index is of another past than the streams, or its file is gone: it is of no use.
var errAnew = errors.New("it does not fit the streams any more")

// serve opens the index and reads until something is wrong with it.
func (p *projection) serve(ctx context.Context) error {
	store, err := index.Open(ctx, index.Config{Path: p.path, Identity: p.identity(), Logger: p.logger})
	if err != nil {
		return fmt.Errorf("opening the index: %w", err)
	}
	file, err := os.Stat(p.path)
	if err != nil {
		return errors.Join(fmt.Errorf("opening the index: %w", err), store.Close())
	}
	p.mu.Lock()
	p.store, p.missing = store, nil
	p.mu.Unlock()
	return newReader(p, store, file).run(ctx)
}

// identity is what the index is of: these very streams.
func (p *projection) identity() string {
	s := p.settings
	identity := fmt.Sprintf("%s %s %d", s.ID, s.Incarnation.Namespace, s.Incarnation.Number)
	for _, created := range slices.Concat(s.LogsCreated, []time.Time{s.OpenCreated, s.HistoryCreated}) {
		identity += fmt.Sprintf(" %d", created.UnixNano())
	}
	return identity
}

// withdraw takes the index away from listings, and closes it.
func (p *projection) withdraw(why error) {
	if why == nil {
		why = errors.New("it is being opened again")
	}
	p.mu.Lock()
	store := p.store
	p.store, p.missing = nil, why
	p.mu.Unlock()
	p.progress.setPartial(time.Now(), nil)
	if store == nil {
		return
	}
	if err := store.Close(); err != nil {
		p.troubles.Warn().Err(err).Str("file", p.path).Msg("closing the index of workflows")
	}
}

// remove deletes the index's files.
func (p *projection) remove() error {
	p.withdraw(nil)
	var failed []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(p.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// kick has the reader read at once.
func (p *projection) kick() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
