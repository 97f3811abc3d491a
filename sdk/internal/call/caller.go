package call

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/internal/offload"
)

// Caller calls methods of one namespace. It is safe for concurrent use.
type Caller struct {
	conn      *nats.Conn
	names     api.Names
	namespace string
	link      *link
	mux       *mux
	payloads  *offload.Store // nil: payloads travel as they are
	meter     *meter         // nil: nobody measures
}

// New makes a caller on a connection, which it does not own. Close it. It fails when the connection
// is closed.
func New(conn *nats.Conn, names api.Names, namespace string) (*Caller, error) {
	mux, err := newMux(conn)
	if err != nil {
		return nil, err
	}
	return &Caller{conn: conn, names: names, namespace: namespace, link: watch(conn), mux: mux}, nil
}

// In is a caller in another namespace that shares all else. It ends with the one that it was made of, and is not closed.
func (c *Caller) In(namespace string) *Caller {
	other := *c
	other.namespace = namespace
	return &other
}

// Close ends the caller's goroutine and its subscription. Calls under way, and later ones, fail with
// nats.ErrConnectionClosed.
func (c *Caller) Close() {
	c.link.close()
	c.mux.close()
}

// Reconnected is a context that ends when the connection next comes back after it was lost, and with Close.
func (c *Caller) Reconnected() context.Context { return c.link.generation() }

// Call calls a method at a door; at the worker door queueToken is the api.Token of the queue. It is as patient as
// the method needs.
func (c *Caller) Call(ctx context.Context, door api.Door, queueToken, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.Method(door, c.namespace, queueToken, method), patienceFor(request), request, reply)
}

func patienceFor(request proto.Message) patience {
	switch r := request.(type) {
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		if r.WaitNewEvent {
			return poll
		}
	case *workflowservice.UpdateWorkflowExecutionRequest, *workflowservice.PollWorkflowExecutionUpdateRequest, *workflowservice.ExecuteMultiOperationRequest:
		return poll
	case *workflowservice.QueryWorkflowRequest:
		return query
	}
	return prompt
}

// API calls a method at the clients' door, as Worker does.
func (c *Caller) API(ctx context.Context, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.API(c.namespace, method), prompt, request, reply)
}

// Poll calls a method at the clients' door that waits for something to happen. It goes on for as
// long as ctx does, even while nobody serves the namespace.
func (c *Caller) Poll(ctx context.Context, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.API(c.namespace, method), poll, request, reply)
}

// Query asks a workflow, at the clients' door: a worker may first have to replay its history.
func (c *Caller) Query(ctx context.Context, request, reply proto.Message) error {
	return c.call(ctx, c.names.API(c.namespace, "QueryWorkflow"), query, request, reply)
}

// Worker calls a method at the door of a queue's workers. Without a deadline in ctx it gives up
// after a minute; with one, no single sending waits for more than half of the time that is left, so
// that a lost answer never costs all of it.
func (c *Caller) Worker(ctx context.Context, queue, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.Worker(c.namespace, queue, method), prompt, request, reply)
}

// WorkerOnce is Worker for one sending: a caller who tells of trouble, and tries again, learns at once that nobody is there.
func (c *Caller) WorkerOnce(ctx context.Context, queue, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.Worker(c.namespace, queue, method), once, request, reply)
}

// Task is Worker for a method whose answer is a task, or brings one along: references in it stay, for Resolve. That a task cannot be
// read is no failure of the call which has made it the worker's.
func (c *Caller) Task(ctx context.Context, queue, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.Worker(c.namespace, queue, method), task, request, reply)
}

// APITask is Task at the clients' door.
func (c *Caller) APITask(ctx context.Context, method string, request, reply proto.Message) error {
	return c.call(ctx, c.names.API(c.namespace, method), task, request, reply)
}

// patience is how long a kind of call waits.
type patience struct {
	// try is how long one sending of the request waits for its answer.
	try time.Duration
	// half: but no longer than half of the time that is left until the context's deadline.
	half bool
	// whole is how long a call without a deadline of its own is retried; 0 is for ever.
	whole time.Duration
	// once: it is not retried, unless the connection was lost and is back.
	once bool
	// task: references in the answer stay.
	task bool
}

var (
	prompt = patience{try: 5 * time.Second, half: true, whole: time.Minute}
	once   = patience{try: 5 * time.Second, half: true, whole: time.Minute, once: true}
	task   = patience{try: 5 * time.Second, half: true, whole: time.Minute, task: true}
	query  = patience{try: 30 * time.Second, whole: time.Minute}
	poll   = patience{try: 30 * time.Second}
)

// minTimeout is the least that a sending waits, however near its deadline is.
const minTimeout = 100 * time.Millisecond

// timeout is how long a sending waits that happens now.
func (p patience) timeout(ctx context.Context) time.Duration {
	if deadline, has := ctx.Deadline(); has && p.half {
		return min(p.try, max(time.Until(deadline)/2, minTimeout))
	}
	return p.try
}

// limit is ctx, with the deadline of a call that began then.
func (p patience) limit(ctx context.Context, began time.Time) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has || p.whole == 0 {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, began.Add(p.whole))
}
