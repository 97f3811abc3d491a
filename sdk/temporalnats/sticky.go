package temporalnats

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/internal/answer"
)

// stickyPatience is how long a task for a worker waits for its next poll: less than the second after which the
// service takes it back.
const stickyPatience = 800 * time.Millisecond

// stickyGroup is the queue group of those that a worker polls at: where it does so by several servers, one of them gets
// each task.
const stickyGroup = "worker"

// listenSticky takes what is sent straight to a worker, until ctx ends.
func (c *Conn) listenSticky(ctx context.Context, d *desk) error {
	subject := c.config.Names.Sticky(d.key.namespace, d.key.queue, d.key.worker)
	if d.key.queue == "" { // an old client, which does not name the queue
		subject = c.config.Names.StickyOf(d.key.namespace, d.key.worker)
	}
	return c.listen(ctx, subject, stickyGroup, func(m *nats.Msg, task *workflowservice.PollWorkflowTaskQueueResponse) {
		if task.GetQuery() != nil && len(task.GetTaskToken()) == 0 {
			d.put(c.query(d, m, task), stickyPatience)
			return
		}
		d.put(c.stickyTask(m, task), stickyPatience)
	})
}

// listen takes requests of the service to workers until ctx ends.
func (c *Conn) listen(ctx context.Context, subject, group string, take func(*nats.Msg, *workflowservice.PollWorkflowTaskQueueResponse)) error {
	handle := func(m *nats.Msg) {
		if !api.IsInbox(m.Reply) {
			return
		}
		task := &workflowservice.PollWorkflowTaskQueueResponse{}
		if err := proto.Unmarshal(m.Data, task); err != nil {
			c.replied(answer.Error(c.config.Conn, m, serviceerror.NewInvalidArgumentf("a task is a PollWorkflowTaskQueueResponse: %v", err)))
			return
		}
		take(m, task)
	}
	subscription, err := c.config.Conn.QueueSubscribe(subject, group, handle)
	if err != nil {
		return serviceerror.NewUnavailable(fmt.Sprintf("subscribing to %s: %v", subject, err))
	}
	context.AfterFunc(ctx, func() { _ = subscription.Unsubscribe() }) // fails only when the connection is closed
	return nil
}

// stickyTask is a started workflow task on its way to a poll of its worker.
func (c *Conn) stickyTask(m *nats.Msg, task *workflowservice.PollWorkflowTaskQueueResponse) delivery {
	return delivery{
		open: func(context.Context, string) (proto.Message, bool) {
			c.replied(answer.Accept(c.config.Conn, m, true))
			return task, true
		},
		refuse: func() { c.replied(answer.Accept(c.config.Conn, m, false)) },
	}
}

func (c *Conn) replied(err error) {
	if err != nil {
		c.config.Logger.Warn().Err(err).Msg("a request of the service was not answered")
	}
}
