package call

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/rpc"
)

const (
	// tryTimeout is how long one sending of a request waits for its answer.
	tryTimeout = 5 * time.Second
	// minTimeout is the least that it waits, however near its deadline is.
	minTimeout = 100 * time.Millisecond
	// pollTimeout is the same for a request that the service may leave unanswered for a while.
	pollTimeout = 30 * time.Second
	// patience is how long a call without a deadline of its own is retried.
	patience = time.Minute
)

// Caller calls methods of one namespace. It is safe for concurrent use.
type Caller struct {
	conn      *nats.Conn
	names     api.Names
	namespace string
	link      *link
}

// New makes a caller on a connection, which it does not own. Close it.
func New(conn *nats.Conn, names api.Names, namespace string) *Caller {
	return &Caller{conn: conn, names: names, namespace: namespace, link: watch(conn)}
}

// Close ends the caller's goroutine. Calls under way go on.
func (c *Caller) Close() { c.link.close() }

// Reconnected is a context that ends when the connection next comes back after it was lost.
func (c *Caller) Reconnected() context.Context { return c.link.generation() }

// API calls a method at the clients' door, as Worker does.
func (c *Caller) API(ctx context.Context, method string, request, reply proto.Message) error {
	ctx, cancel := limited(ctx, patience)
	defer cancel()
	return c.retry(ctx, c.names.API(c.namespace, method), tryTimeout, request, reply)
}

// Poll calls a method at the clients' door that waits for something to happen. It goes on for as
// long as ctx does, even while nobody serves the namespace.
func (c *Caller) Poll(ctx context.Context, method string, request, reply proto.Message) error {
	return c.retry(ctx, c.names.API(c.namespace, method), pollTimeout, request, reply)
}

// Query asks a workflow, at the clients' door: a worker may first have to replay its history.
func (c *Caller) Query(ctx context.Context, request, reply proto.Message) error {
	ctx, cancel := limited(ctx, patience)
	defer cancel()
	return c.retry(ctx, c.names.API(c.namespace, "QueryWorkflow"), pollTimeout, request, reply)
}

// Worker calls a method at the door of a queue's workers. Without a deadline in ctx it gives up
// after a minute; with one, no single sending waits for more than half of the time that is left, so
// that a lost answer never costs all of it.
func (c *Caller) Worker(ctx context.Context, queue, method string, request, reply proto.Message) error {
	ctx, cancel := limited(ctx, patience)
	defer cancel()
	return c.retry(ctx, c.names.Worker(c.namespace, queue, method), tryTimeout, request, reply)
}

func limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// once sends the request one time. It ends early, with context.Canceled, when the
// connection was lost and is back: the answer went to the old one.
func (c *Caller) once(ctx context.Context, subject string, timeout time.Duration, request, reply proto.Message) error {
	if deadline, has := ctx.Deadline(); has && timeout == tryTimeout {
		timeout = min(timeout, max(time.Until(deadline)/2, minTimeout))
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer context.AfterFunc(c.link.generation(), cancel)()
	return rpc.Call(ctx, c.conn, subject, request, reply)
}
