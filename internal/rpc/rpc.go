// Package rpc calls methods of the service by NATS request-reply. The command line
// uses it as it is; the SDK's client and worker, which send many requests, wait for answers in
// a way of their own (sdk/internal/call). The gateway is the other side.
package rpc

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// Call sends the request to the subject and decodes the answer into reply.
// Errors are those of go.temporal.io/api/serviceerror, or the context's:
// Unavailable when nobody serves the subject, InvalidArgument when
// the request exceeds the server's max_payload.
func Call(ctx context.Context, conn *nats.Conn, subject string, request, reply proto.Message) error {
	_, err := Ask(ctx, conn, subject, request, reply)
	return err
}

// Ask is Call for who wants the answer's headers, too.
func Ask(ctx context.Context, conn *nats.Conn, subject string, request, reply proto.Message) (nats.Header, error) {
	body, err := Encode(request)
	if err != nil {
		return nil, err
	}
	answer, err := conn.RequestWithContext(ctx, subject, body)
	if err != nil {
		return nil, Error(ctx, conn, subject, len(body), err)
	}
	return answer.Header, Decode(subject, answer, reply)
}

// Encode makes the body of a request.
func Encode(request proto.Message) ([]byte, error) {
	body, err := proto.Marshal(request)
	if err != nil {
		return nil, serviceerror.NewInvalidArgumentf("encoding %T: %v", request, err)
	}
	return body, nil
}

// Decode reads the answer that came from the subject's service, which may be an error.
func Decode(subject string, answer *nats.Msg, reply proto.Message) error {
	if code := answer.Header.Get(api.HeaderErrorCode); code != "" {
		return api.DecodeError(code, answer.Header.Get(api.HeaderError), answer.Data, false)
	}
	if err := proto.Unmarshal(answer.Data, reply); err != nil {
		return fmt.Errorf("decoding the reply of %s: %w", subject, err)
	}
	return nil
}

// Error is what Call returns when sending a body of that size, or waiting for its answer, failed with err.
func Error(ctx context.Context, conn *nats.Conn, subject string, size int, err error) error {
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return serviceerror.NewUnavailablef("nobody answers on %s: start `perdure server` on this NATS, or check the namespace and the credentials", subject)
	case errors.Is(err, nats.ErrMaxPayload):
		return serviceerror.NewInvalidArgumentf("the request to %s has %d bytes, more than the NATS server's max_payload of %d: send less, or raise max_payload", subject, size, conn.MaxPayload())
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return serviceerror.NewUnavailablef("request to %s: %v", subject, err)
}
