package temporalnats

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/internal/call"
	"github.com/perdure/perdure/sdk/internal/pull"
)

// mostWaiting bounds the polls of one queue for which tasks are pulled at a time.
const mostWaiting = 4096

// pull pulls a queue's tasks in a goroutine that ends with ctx: as many as polls wait.
func (c *Conn) pull(ctx context.Context, d *desk) {
	d.slots = pull.NewNoSlots(mostWaiting)
	puller := &pull.Puller{
		Conn: c.config.Conn, Slots: d.slots, Reconnected: c.caller.Reconnected,
		Open: func(ctx context.Context) (pull.Source, error) {
			source, _, err := c.openQueue(ctx, d.key, nobody, false)
			return source, err
		},
		Handle: func(m *nats.Msg, from pull.Source) {
			d.put(c.pulled(d.key, m, from), 0)
			d.slots.Give(1) // it is the poll's no more: see desk.left
		},
		Logger: c.config.Logger.With().Str("queue", d.key.queue).Str("kind", api.Kind(d.key.kind)).Logger(),
	}
	c.work.Go(func() { puller.Run(ctx) })
}

// openQueue finds or makes the queue's consumer, and tells the service that somebody polls it; again is when to tell it
// once more. polling says that this is all there is to tell: the consumer is known.
func (c *Conn) openQueue(ctx context.Context, key deskKey, who namesWorker, polling bool) (source pull.Source, again time.Duration, err error) {
	answer, err := c.service.Call(ctx, api.WorkerDoor, api.OpenTaskQueue, api.Call{
		Namespace: key.namespace, QueueToken: api.Token(key.queue),
		Request: &workerpb.OpenTaskQueueRequest{
			Namespace: key.namespace, TaskQueue: key.queue, Type: key.kind, Polling: polling, StickyTaskQueue: key.worker,
			Identity: who.GetIdentity(), WorkerInstanceKey: who.GetWorkerInstanceKey(),
		},
	})
	if err != nil {
		return source, 0, err
	}
	reply := answer.(*workerpb.OpenTaskQueueResponse)
	return pull.SourceOf(reply), reply.GetOpenAgain().AsDuration(), nil
}

// pulled is a task's message on its way to a poll.
func (c *Conn) pulled(key deskKey, m *nats.Msg, from pull.Source) delivery {
	return delivery{
		open: func(_ context.Context, identity string) (proto.Message, bool) {
			return c.start(key, m, from, identity)
		},
		refuse: func() { c.answered(pull.GiveBack(c.config.Conn, m)) },
	}
}

// start makes the task the poll's, and acknowledges its message when the service has said whether it is; without
// an answer it is delivered again after its ack wait.
func (c *Conn) start(key deskKey, m *nats.Msg, from pull.Source, identity string) (proto.Message, bool) {
	task := &workerpb.Task{}
	if err := proto.Unmarshal(m.Data, task); err != nil {
		c.config.Logger.Error().Err(err).Str("subject", m.Subject).Msg("a message of the task queue is not a task: it is removed")
		c.answered(pull.Discard(c.config.Conn, m))
		return nil, false
	}
	method := api.StartWorkflowTask
	if key.kind == enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		method = api.StartActivityTask
	}
	ctx, end, ok := c.lasting(from.AckWait)
	if !ok {
		c.answered(pull.GiveBack(c.config.Conn, m))
		return nil, false
	}
	defer end()
	reply, err := c.insist(ctx, method, api.Call{
		Namespace: key.namespace, QueueToken: api.Token(key.queue),
		Request: &workerpb.StartTaskRequest{Namespace: key.namespace, Task: task, RequestId: uuid.NewString(), Identity: identity},
	})
	var stale *serviceerror.NotFound
	if err != nil && !errors.As(err, &stale) {
		c.config.Logger.Warn().Err(err).Str("workflow_id", task.GetWorkflowId()).Msg("a task could not be started: it is delivered again")
		return nil, false
	}
	c.answered(pull.Ack(c.config.Conn, m))
	return reply, err == nil
}

// closeGrace is how long a task may still take to be started when the connection is closed: given up in the middle, it
// would be nobody's until it times out.
const closeGrace = 2 * time.Second

// lasting is a context for that time, for whose end Close waits, of which it leaves closeGrace; false: the connection is closed.
func (c *Conn) lasting(limit time.Duration) (ctx context.Context, end func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, false
	}
	c.work.Add(1)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	stop := context.AfterFunc(c.ctx, func() { time.AfterFunc(closeGrace, cancel) })
	return ctx, func() {
		stop()
		cancel()
		c.work.Done()
	}, true
}

// insist calls a method of workers until it is answered.
func (c *Conn) insist(ctx context.Context, method string, request api.Call) (proto.Message, error) {
	for backoff := (call.Backoff{}); ; {
		reply, err := c.service.Call(ctx, api.WorkerDoor, method, request)
		if err == nil || !call.Retryable(err) || !backoff.Wait(ctx) {
			return reply, err
		}
	}
}

func (c *Conn) answered(err error) {
	if err != nil {
		c.config.Logger.Warn().Err(err).Msg("a task's message was not answered: it is delivered again, and found to be stale")
	}
}
