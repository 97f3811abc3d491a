package matching

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

const (
	// maxAckPending is how many tasks of a queue may be delivered and not yet
	// started; at the limit nothing of that queue is delivered.
	maxAckPending = 1 << 16
	// maxWaiting is how many pulls of a queue may wait: one or two per worker.
	maxWaiting = 1 << 14

	// makeTimeout bounds the making of one consumer, which takes 60 ms on three
	// replicas, and longer when many are made at once.
	makeTimeout = 5 * time.Second

	codeOverlappingFilter jetstream.ErrorCode = 10100
)

// queueKey names a task queue of one type.
type queueKey struct {
	kind enumspb.TaskQueueType
	name string
}

// consumers makes the consumers of a namespace's queues, each once at a time,
// and knows which were made lately.
type consumers struct {
	config    Config
	namespace string
	stream    string
	js        jetstream.JetStream
	link      *link
	// made is told of each consumer that was made or found.
	made func(queueKey, *jetstream.ConsumerInfo)

	// mu guards the rest.
	mu     sync.Mutex
	queues map[queueKey]*queue
	gone   *gone[instance]
	// wanted are queues that have a task and no consumer that is known.
	wanted []queueKey
	wake   chan struct{}
}

// queue is what is known of a queue's consumer.
type queue struct {
	// until when the consumer is taken to exist, or not asked for again after a
	// failure. The server removes one that nobody pulled from for InactiveThreshold.
	until   time.Time
	exists  bool // it was made, and not only asked for
	making  *making
	pollers pollers
}

// making is a call that makes a consumer; who comes meanwhile waits for it.
type making struct {
	done chan struct{}
	err  error
}

func newConsumers(c Config, js jetstream.JetStream, namespace, stream string, link *link, made func(queueKey, *jetstream.ConsumerInfo)) *consumers {
	return &consumers{
		config: c, namespace: namespace, stream: stream, js: js, link: link, made: made,
		queues: map[queueKey]*queue{}, gone: newGone[instance](), wake: make(chan struct{}, 1),
	}
}

// want asks for a consumer behind the scenes, if none is known. The task does
// not wait for it: a work queue keeps what has no consumer yet.
func (c *consumers) want(key queueKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.find(key)
	if time.Now().Before(q.until) {
		return
	}
	q.until = time.Now().Add(time.Minute) // once a minute if it fails
	c.wanted = append(c.wanted, key)
	c.signal()
}

// wantAll asks for all consumers that were known, in a stream that is new.
func (c *consumers) wantAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted = c.wanted[:0]
	for key := range c.queues {
		c.wanted = append(c.wanted, key)
	}
	c.signal()
}

// makeWanted makes one of those asked for. Without a connection it waits for signal; one that was asked
// for on a connection that was lost is asked for again.
func (c *consumers) makeWanted(ctx context.Context) error {
	if !c.config.Conn.IsConnected() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout) // the keeper has more to do
	defer cancel()
	c.mu.Lock()
	if len(c.wanted) == 0 {
		c.mu.Unlock()
		return nil
	}
	key := c.wanted[0]
	c.wanted = c.wanted[1:]
	if len(c.wanted) > 0 {
		c.signal()
	}
	c.mu.Unlock()
	generation := c.link.generation()
	err := c.make(ctx, key)
	if err == nil || generation.Err() == nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted = append(c.wanted, key)
	c.signal()
	return nil
}

func (c *consumers) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// make makes a queue's consumer, or finds it as it should be.
func (c *consumers) make(ctx context.Context, key queueKey) error {
	c.mu.Lock()
	q := c.find(key)
	if call := q.making; call != nil {
		c.mu.Unlock()
		select {
		case <-call.done:
			return call.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	call := &making{done: make(chan struct{})}
	q.making = call
	c.mu.Unlock()

	limited, cancel := context.WithTimeout(ctx, makeTimeout)
	defer cancel()
	limited, release := c.link.bound(limited)
	defer release()
	consumer, err := c.js.CreateOrUpdateConsumer(limited, c.stream, c.configOf(key))
	if err == nil {
		c.made(key, consumer.CachedInfo())
	}
	call.err = consumerError(key, err)

	c.mu.Lock()
	q.making = nil
	if call.err == nil {
		// Asked for again well before the server may have removed it.
		q.until, q.exists = time.Now().Add(c.config.InactiveThreshold/2), true
	}
	c.mu.Unlock()
	close(call.done)
	return call.err
}

func (c *consumers) configOf(key queueKey) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:           c.config.Names.TaskConsumer(key.kind, key.name),
		FilterSubject:     c.config.Names.TaskQueue(c.namespace, key.kind, key.name),
		AckPolicy:         jetstream.AckExplicitPolicy,
		AckWait:           c.config.AckWait,
		MaxDeliver:        -1,
		MaxAckPending:     maxAckPending,
		MaxWaiting:        maxWaiting,
		InactiveThreshold: c.config.InactiveThreshold,
	}
}

// consumerError says what to do about a refusal. A missing stream stays jetstream.ErrStreamNotFound.
func consumerError(key queueKey, err error) error {
	if err == nil || errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	var refused *jetstream.APIError
	if !errors.As(err, &refused) {
		return serviceerror.NewUnavailablef("making the consumer of task queue %q: %v; try again", key.name, err)
	}
	switch refused.ErrorCode {
	case jetstream.JSErrCodeMaximumConsumersLimit:
		return serviceerror.NewResourceExhaustedf(enumspb.RESOURCE_EXHAUSTED_CAUSE_PERSISTENCE_LIMIT,
			"task queue %q has no consumer: the namespace has as many task queues as the NATS server allows consumers in a stream; use fewer, or raise the limit (default_max_consumers)", key.name)
	case codeOverlappingFilter:
		return serviceerror.NewFailedPreconditionf("task queue %q has no consumer: one that this service did not make takes its tasks; remove it from the stream", key.name)
	}
	return fmt.Errorf("making the consumer of task queue %q: %w", key.name, err)
}

// isKnown tells whether a queue's consumer is taken to exist, or was asked for lately in vain.
func (c *consumers) isKnown(key queueKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[key]
	return q != nil && time.Now().Before(q.until)
}

// tidy forgets pollers that are silent for too long, and queues that nobody has used for long.
func (c *consumers) tidy() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, q := range c.queues {
		q.pollers.forget(now.Add(-c.config.kept()))
		unused := time.Duration(0) // clients may name any number of queues that never get a consumer
		if q.exists {
			unused = c.config.InactiveThreshold
		}
		if q.making == nil && len(q.pollers.known) == 0 && now.Sub(q.until) > unused {
			delete(c.queues, key)
		}
	}
}

// find is the entry of a queue, made if absent. The caller holds mu.
func (c *consumers) find(key queueKey) *queue {
	q := c.queues[key]
	if q == nil {
		q = &queue{}
		c.queues[key] = q
	}
	return q
}
