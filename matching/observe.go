package matching

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// maxLooks is how many consumers are looked at in one lookInterval. Where a namespace has more queues, each is looked
// at less often, and its rates are averages over a longer time.
const maxLooks = 64

// observer looks at the consumers of a namespace's queues now and then, so that the rates of a queue can be told
// when somebody asks. JetStream counts what all processes put into a queue, and what all workers pull from it: a task
// itself costs nothing here. Sticky and eager tasks are in no queue, and in no rate.
type observer struct {
	js        jetstream.JetStream
	config    Config
	namespace string
	stream    string
	link      *link
	tasks     jetstream.Stream // nil before something was read of it; whoever looks at all has it
	mu        sync.Mutex       // guards the rest
	consumers map[queueKey]looks
	// filled is what was last seen of the queues.
	filled map[queueKey]filling
}

// filling is how full a queue was.
type filling struct {
	backlog          int64
	oldest           time.Time // of the tasks; zero: there was none
	added, delivered uint64    // since the consumer was made
}

func newObserver(c Config, js jetstream.JetStream, namespace, stream string, link *link) *observer {
	return &observer{js: js, config: c, namespace: namespace, stream: stream, link: link, consumers: map[queueKey]looks{}, filled: map[queueKey]filling{}}
}

// saw takes a look at a queue's consumer, which is observed from then on as long as it is there.
func (o *observer) saw(key queueKey, info *jetstream.ConsumerInfo) (added, delivered float32) {
	now := lookAt(info, time.Now())
	o.mu.Lock()
	defer o.mu.Unlock()
	f := filling{backlog: backlogOf(info), oldest: o.filled[key].oldest, added: now.added, delivered: now.delivered}
	if f.backlog == 0 {
		f.oldest = time.Time{}
	}
	o.filled[key] = f
	all := o.consumers[key].add(now)
	o.consumers[key] = all
	return all.rates(now)
}

func (o *observer) forget(key queueKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.consumers, key)
	delete(o.filled, key)
}

// run looks until ctx ends.
func (o *observer) run(ctx context.Context) {
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			o.lookAtAll(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// lookAtAll looks at those that have not been looked at for longest. Whatever fails is tried again at the next tick; the
// keeper tells of it.
func (o *observer) lookAtAll(ctx context.Context) {
	if !o.config.Conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	ctx, release := o.link.bound(ctx)
	defer release()
	for _, key := range o.stalest() {
		consumer, err := o.js.Consumer(ctx, o.stream, o.config.Names.TaskConsumer(key.kind, key.name))
		switch {
		case err == nil:
			o.saw(key, consumer.CachedInfo())
			o.lookAtOldest(ctx, key)
		case errors.Is(err, jetstream.ErrConsumerNotFound):
			o.forget(key)
		default:
			return
		}
	}
}

// lookAtOldest looks how old the oldest task of a queue is, if there is one. What fails is tried again at the next look.
func (o *observer) lookAtOldest(ctx context.Context, key queueKey) {
	o.mu.Lock()
	full := o.filled[key].backlog > 0
	o.mu.Unlock()
	if !full {
		return
	}
	if o.tasks == nil {
		var err error
		if o.tasks, err = o.js.Stream(ctx, o.stream); err != nil {
			return
		}
	}
	oldest, err := o.tasks.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(o.config.Names.TaskQueue(o.namespace, key.kind, key.name)))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if f, observed := o.filled[key]; observed {
		f.oldest = time.Time{}
		if err == nil {
			f.oldest = oldest.Time
		}
		o.filled[key] = f
	}
}

// stalest are at most maxLooks keys, those looked at longest ago first.
func (o *observer) stalest() []queueKey {
	type seen struct {
		key queueKey
		at  time.Time
	}
	o.mu.Lock()
	all := make([]seen, 0, len(o.consumers))
	for key, l := range o.consumers {
		all = append(all, seen{key, l[len(l)-1].at})
	}
	o.mu.Unlock()
	slices.SortFunc(all, func(a, b seen) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key.name, b.key.name)) })
	keys := make([]queueKey, min(len(all), maxLooks))
	for i := range keys {
		keys[i] = all[i].key
	}
	return keys
}
