package visibility

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/visibility/index"
)

// failurePause is how long nothing of the streams is asked for after a failure.
const failurePause = time.Second

// reader brings what the streams say into one opened index. Of one goroutine, the projection's; its helpers
// send to it.
type reader struct {
	*projection
	ctx   context.Context //nolint:containedctx // of run, for its helpers
	store *index.Store
	file  fs.FileInfo

	logs      []*log.Log // nil before the streams were found
	rests     *rest.Store
	followers []*log.Follower
	// ends are the last sequences of the logs when their leaders were last asked.
	ends  []uint64
	batch *batch
	// positions are those that the index is told. Logs are empty while runs may be missing.
	positions index.Positions
	rebuild   *rebuild // nil while no run may be missing
	look      look
	// notBefore is when the streams are asked again after a failure.
	notBefore time.Time

	helpers sync.WaitGroup
	// results are what helpers want to be carried out here.
	results chan func(context.Context) error
}

func newReader(p *projection, store *index.Store, file fs.FileInfo) *reader {
	return &reader{projection: p, store: store, file: file, batch: newBatch(), results: make(chan func(context.Context) error)}
}

// indexError is a failure of the index, not of a stream: it is opened again.
type indexError struct{ error }

func (e indexError) Unwrap() error { return e.error }

// ofIndex tells whether an error is a failure of the index.
func ofIndex(err error) bool {
	var of indexError
	return errors.As(err, &of)
}

// run reads until the context ends or the index fails.
func (r *reader) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer r.helpers.Wait()
	defer cancel()
	r.ctx = ctx
	every := time.NewTicker(r.config.Every)
	defer every.Stop()
	for {
		if err := r.step(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-every.C:
		case result := <-r.results:
			if err := r.failed(ctx, result(ctx)); err != nil {
				return err
			}
		}
	}
}

// help has something done beside the reader, which then carries out what it returns.
func (r *reader) help(work func() func(context.Context) error) {
	r.helpers.Go(func() {
		select {
		case r.results <- work():
		case <-r.ctx.Done():
		}
	})
}

// step reads what there is. Its error is the index's: what is wrong with streams is told, and tried again.
func (r *reader) step(ctx context.Context) error {
	if r.damaged.Swap(false) {
		return indexError{index.ErrDamaged}
	}
	if time.Now().Before(r.notBefore) || !r.config.JetStream.Conn().IsConnected() {
		return nil // who connects says that NATS is away
	}
	err := r.open(ctx)
	if err == nil {
		r.lookAround()
		err = r.catchUp(ctx)
	}
	if errors.Is(err, stream.ErrLost) { // cut off, perhaps, before it was read
		r.followers = nil
		err = r.open(ctx)
	}
	if err == nil {
		err = r.expire(ctx)
	}
	return r.failed(ctx, err)
}

// failed tells what went wrong with a stream; what is wrong with the index is returned.
func (r *reader) failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return nil //nolint:nilerr // it ends
	}
	if ofIndex(err) || errors.Is(err, errAnew) {
		return err
	}
	r.notBefore = time.Now().Add(failurePause)
	r.troubles.Warn().Err(err).Msg("the index of workflows falls behind: lists say by how much; workflows run on, and it is tried again")
	return nil
}
