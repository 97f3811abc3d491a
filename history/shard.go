package history

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/mailbox"
)

// How long a shard waits before it recovers again after a failure that may pass.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// shard is one shard as the rest of the service sees it. Its goroutine, run,
// recovers it and then is its loop, again and again.
type shard struct {
	config    Config
	namespace string
	number    int
	shards    int // of the namespace
	store     *rest.Store
	logConfig log.Config
	log       *log.Log // nil before its goroutine has opened it
	logger    zerolog.Logger
	// taken is for what befalls all shards together: that another server takes them.
	taken zerolog.Logger
	// troubles are told once a minute; the first of them at once.
	troubles zerolog.Logger
	// limits is where it is told what comes near to one.
	limits zerolog.Logger
	// fenced says that another writer took the shard from its last loop.
	fenced  bool
	mailbox *mailbox.Mailbox[any]
	// execute begins a call to any shard: Service.Execute.
	execute func(ctx context.Context, call api.Call, done func(reply proto.Message, err error))

	cancel    context.CancelFunc
	done      chan struct{}
	ready     chan struct{}
	readyOnce sync.Once
	// helpers are the goroutines that do I/O for the loop; they end with its context.
	helpers sync.WaitGroup
	// state is why the shard does not serve; nil while it does.
	state atomic.Pointer[condition]
	// position is the last sequence of the log that this process knows to be acknowledged: what was answered is in the
	// log up to there. 0 before the first recovery.
	position   atomic.Uint64
	statistics *statistics
}

// condition is why a shard does not serve.
type condition struct {
	reason string
	final  error
}

func newShard(config Config, taken zerolog.Logger, ns *openNamespace, number int,
	execute func(context.Context, api.Call, func(proto.Message, error))) *shard {
	logConfig := ns.settings.Log(config.JetStream, config.Names, number)
	logConfig.MaxInFlight = config.InFlight
	name := ns.settings.Incarnation.Namespace
	sh := &shard{
		config: config, namespace: name, number: number, shards: ns.settings.Shards, store: ns.store, logConfig: logConfig,
		logger: config.Logger.With().Str("namespace", name).Int("shard", number).Logger(), taken: taken,
		mailbox: mailbox.New[any](), execute: execute, done: make(chan struct{}), ready: make(chan struct{}), statistics: newStatistics(),
	}
	sh.troubles, sh.limits = oncePerMinute(sh.logger), fewPerMinute(sh.logger)
	sh.state.Store(&condition{reason: "it is recovering"})
	return sh
}

// openLog finds the shard's log, the first time.
func (sh *shard) openLog(ctx context.Context) error {
	if sh.log != nil {
		return nil
	}
	opened, err := log.Open(ctx, sh.logConfig)
	if err != nil {
		return fmt.Errorf("shard %s: %w", sh.name(), err)
	}
	sh.log = opened
	return nil
}

func oncePerMinute(logger zerolog.Logger) zerolog.Logger {
	return logger.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute})
}

// tellTaker says who took the shard from its last loop, if somebody did.
func (sh *shard) tellTaker(owner string) {
	if sh.fenced && owner != sh.config.Owner {
		sh.taken.Error().Str("namespace", sh.namespace).Int("shard", sh.number).Str("other", owner).
			Msg("another server serves the same namespace: the two take its shards from each other, which is safe and slow; stop one of them")
	}
}

func (sh *shard) name() string { return sh.namespace + "/" + strconv.Itoa(sh.number) }

func (sh *shard) failure() error {
	if state := sh.state.Load(); state != nil {
		return state.final
	}
	return nil
}

func (sh *shard) start() {
	ctx, cancel := context.WithCancel(context.Background())
	sh.cancel = cancel
	go sh.run(ctx)
}

func (sh *shard) stop() { sh.cancel() }

// run owns the shard until the context ends, or until a failure that only an operator can mend.
func (sh *shard) run(ctx context.Context) {
	defer close(sh.done)
	defer sh.refuseAll()
	defer sh.setReady()
	wait := firstWait
	for ctx.Err() == nil {
		began := time.Now()
		served, err := sh.serve(ctx)
		if ctx.Err() != nil || err == nil {
			return
		}
		if fatal(err) {
			sh.state.Store(&condition{reason: err.Error(), final: err})
			sh.logger.Error().Err(err).Msg("shard stopped: its workflows make no progress until this is mended and perdure is started again")
			sh.setReady()
			sh.refuseUntil(ctx)
			return
		}
		sh.state.Store(&condition{reason: err.Error()})
		sh.fenced = errors.Is(err, log.ErrFenced)
		if !sh.fenced && sh.config.Conn.IsConnected() { // who connects has said that NATS is away
			sh.troubles.Warn().Err(err).Msg("the shard does not serve; it recovers")
		}
		if time.Since(began) > longestWait {
			wait = firstWait
		}
		sh.pause(ctx, wait, !served)
		wait = min(2*wait, longestWait)
	}
}

// pause waits before the next recovery. Once one has failed, requests are told why and do not wait
// for it: their senders know better how long to try.
func (sh *shard) pause(ctx context.Context, wait time.Duration, refuse bool) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if refuse {
		sh.refuseUntil(ctx)
		return
	}
	<-ctx.Done()
}

// serve recovers the shard and is its loop until something fails; served tells whether it came to that.
func (sh *shard) serve(ctx context.Context) (served bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer sh.forgetHelp()
	defer sh.helpers.Wait()
	defer cancel()
	began := time.Now()
	var l *loop
	if err := sh.guard(func() (err error) { l, err = sh.recover(ctx); return err }); err != nil {
		return false, err
	}
	sh.statistics.recovered(time.Since(began))
	l.noteState()
	sh.state.Store(nil)
	sh.setReady()
	err = sh.guard(func() error { return l.run(ctx) })
	sh.state.Store(&condition{reason: "it recovers"}) // before forgetHelp: each request is found by it or sees this
	l.close(err)
	return true, err
}

// guard makes a panic, a fault of the program, an error: what the shard was about is begun again from
// its log, and the other shards go on.
func (sh *shard) guard(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = sh.panicked(r)
		}
	}()
	return work()
}

// panicked logs a panic, of which the text may hold a payload.
func (sh *shard) panicked(r any) error {
	sh.logger.Error().Str("panic", fmt.Sprintf("%T", r)).Bytes("stack", debug.Stack()).Msg("a panic: this is a fault of perdure: report it")
	return fmt.Errorf("shard %s: a panic (%T), of which the server's log says more", sh.name(), r)
}

func (sh *shard) setReady() { sh.readyOnce.Do(func() { close(sh.ready) }) }

// fatal tells failures that trying again cannot mend. That JetStream is not enabled is not among them:
// a hub that restarts looks like that to who is connected to its leaf.
func fatal(err error) bool {
	for _, target := range []error{
		stream.ErrMissing, stream.ErrReplaced, stream.ErrSettings, stream.ErrLost,
		log.ErrCorrupt, log.ErrVersion, rest.ErrCorrupt, rest.ErrGone, rest.ErrVersion, errUnfit,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// errUnfit: a record does not fit the state that the ones before it led to.
var errUnfit = errors.New("a record of the log does not fit; restore the stream from a backup, or run a newer perdure if one has written it")

// take hands a request to the loop. Where there is none, since the shard recovers, it is
// answered when its time is over.
func (sh *shard) take(r *request) {
	if !sh.mailbox.Put(r) {
		r.answer(nil, sh.unavailable())
		return
	}
	if sh.state.Load() != nil {
		sh.watch(r)
	}
}

// watch has a request answered when its time is over: there is no loop that would.
func (sh *shard) watch(r *request) {
	context.AfterFunc(r.ctx, func() { r.answer(nil, sh.unavailable()) })
}

func (sh *shard) unavailable() error {
	reason := "it is stopping"
	if state := sh.state.Load(); state != nil {
		reason = state.reason
	}
	return serviceerror.NewUnavailable(fmt.Sprintf("shard %s does not serve: %s", sh.name(), reason))
}

// refuseAll answers whatever is still in the mailbox, which takes nothing from then on.
func (sh *shard) refuseAll() {
	sh.mailbox.Shut()
	sh.refuse()
}

// refuseUntil answers all that comes with why the shard does not serve.
func (sh *shard) refuseUntil(ctx context.Context) {
	for {
		sh.refuse()
		select {
		case <-ctx.Done():
			return
		case <-sh.mailbox.Wake():
		}
	}
}

// refuse answers the requests in the mailbox. What else is in it is of no use to the next loop,
// which queues all that is owed by itself.
func (sh *shard) refuse() {
	for _, item := range sh.mailbox.Take(nil) {
		refuse(item, sh.unavailable())
	}
}

// forgetHelp leaves in the mailbox what the next loop is to do, and nothing of
// what helpers have brought for the one that ended.
func (sh *shard) forgetHelp() {
	for _, item := range sh.mailbox.Take(nil) {
		switch item := item.(type) {
		case *request:
			sh.mailbox.Put(item)
			sh.watch(item)
		case requeue:
			sh.mailbox.Put(item)
		default:
			refuse(item, interrupted(nil))
		}
	}
}

// help runs I/O beside the loop. What it returns is put into the loop's mailbox; an error ends the loop.
func (sh *shard) help(work func() any) {
	sh.helpers.Add(1)
	go func() {
		defer sh.helpers.Done()
		var item any
		if err := sh.guard(func() error { item = work(); return nil }); err != nil {
			item = err
		}
		sh.mailbox.Put(item)
	}()
}
