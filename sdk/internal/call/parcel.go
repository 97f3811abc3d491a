package call

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/sdk/internal/offload"
)

// Offload has large payloads of requests and answers kept in the object stores of namespaces from now on. Where they are is asked at the door
// of the queue's workers; "": at the clients'. Call it before the first call.
func (c *Caller) Offload(settings offload.Settings, queue string) {
	c.payloads = offload.New(c.conn, settings, func(ctx context.Context, namespace string) (*payloadpb.DescribePayloadsResponse, error) {
		reply := &payloadpb.DescribePayloadsResponse{}
		in := c.In(namespace)
		if queue == "" {
			return reply, in.API(ctx, api.DescribePayloads, &payloadpb.DescribePayloadsRequest{}, reply)
		}
		return reply, in.Worker(ctx, queue, api.DescribePayloads, &payloadpb.DescribePayloadsRequest{}, reply)
	})
}

// Resolve gives a message that came by another way the payloads that its references stand for. An error is what
// Unreadable tells, or the context's.
func (c *Caller) Resolve(ctx context.Context, message proto.Message) error {
	if c.payloads == nil {
		return nil
	}
	return c.payloads.Resolve(ctx, c.namespace, message)
}

// Shorten is what to send by another way in place of a message: references stand for its large payloads.
func (c *Caller) Shorten(ctx context.Context, message proto.Message) (proto.Message, error) {
	if c.payloads == nil {
		return message, nil
	}
	short, _, err := c.payloads.Offload(ctx, c.namespace, message)
	return short, err
}

// parcel is a request and what is sent of it.
type parcel struct {
	request proto.Message
	body    []byte // nil: it was not encoded yet
	// until is when the payloads that it refers to have to be renewed; zero: it refers to none.
	until time.Time
}

// pack encodes a request that was not, and once more when it has been tried for so long that what it refers to might be removed.
func (c *Caller) pack(ctx context.Context, out *parcel) error {
	if out.body != nil && (out.until.IsZero() || time.Now().Before(out.until)) {
		return nil
	}
	until := time.Time{}
	body, err := rpc.Encode(out.request)
	if err != nil {
		return err
	}
	if c.payloads != nil && c.payloads.IsLarge(len(body)) {
		var message proto.Message
		if message, until, err = c.payloads.Offload(ctx, c.namespace, out.request); err != nil {
			return err
		}
		if body, err = rpc.Encode(message); err != nil {
			return err
		}
	}
	if body == nil {
		body = []byte{} // an empty request
	}
	out.body, out.until = body, until
	return nil
}

// unpack reads an answer.
func (c *Caller) unpack(ctx context.Context, subject string, p patience, answer *nats.Msg, reply proto.Message) error {
	if err := rpc.Decode(subject, answer, reply); err != nil {
		return err
	}
	if c.payloads == nil || p.task || !api.MayHaveReferences(answer.Data) {
		return nil
	}
	return c.payloads.Resolve(ctx, c.namespace, reply)
}
