package matching

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// Query asks a worker: the one named, which holds the run in its cache, or any
// worker of the queue when worker is empty. FailedPrecondition says that no such worker is there,
// as a sticky worker does that has the run no more; the context's end is DeadlineExceeded or
// Canceled; any other error is the worker's own answer.
func (m *Matching) Query(ctx context.Context, namespace, queue, worker string, task *workflowservice.PollWorkflowTaskQueueResponse) (*workflowservice.RespondQueryTaskCompletedRequest, error) {
	subject := m.config.Names.Query(namespace, queue)
	if worker != "" {
		if subject = m.config.Names.Sticky(namespace, queue, worker); m.gone.has(subject, time.Now()) {
			return nil, m.queryError(ctx, queue, 0, nats.ErrNoResponders)
		}
	}
	body, err := proto.Marshal(task)
	if err != nil {
		return nil, serviceerror.NewInternalf("encoding a query for task queue %q: %v", queue, err)
	}
	reply, err := m.config.Conn.RequestWithContext(ctx, subject, body)
	if err != nil {
		return nil, m.queryError(ctx, queue, len(body), err)
	}
	if code := reply.Header.Get(api.HeaderErrorCode); code != "" {
		return nil, api.DecodeError(code, reply.Header.Get(api.HeaderError), reply.Data, false)
	}
	answer := &workflowservice.RespondQueryTaskCompletedRequest{}
	if err := proto.Unmarshal(reply.Data, answer); err != nil {
		return nil, serviceerror.NewInternalf("a worker of task queue %q answered a query with what is no RespondQueryTaskCompletedRequest: %v", queue, err)
	}
	return answer, nil
}

func (m *Matching) queryError(ctx context.Context, queue string, size int, err error) error {
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return serviceerror.NewFailedPreconditionf("no worker of task queue %q answered the query: none is running, or it serves no workflows", queue)
	case errors.Is(err, nats.ErrMaxPayload):
		return serviceerror.NewInvalidArgumentf("a query for task queue %q has %d bytes, more than the NATS server's max_payload of %d", queue, size, m.config.Conn.MaxPayload())
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return context.DeadlineExceeded
	}
	return serviceerror.NewUnavailablef("querying a worker of task queue %q: %v", queue, err)
}
