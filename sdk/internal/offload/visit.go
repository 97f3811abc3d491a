package offload

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/proxy"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// atOnce is how many places of one message are looked at, and their payloads moved, at a time.
const atOnce = 8

// visit has the payloads of a message replaced that are an application's own, some at a time.
func visit(ctx context.Context, message proto.Message, change func(context.Context, *commonpb.Payload) (*commonpb.Payload, error)) error {
	return walk(ctx, message, atOnce, change)
}

// errFound ends a search.
var errFound = errors.New("found")

// has tells whether one of those payloads is of a kind. The message is not changed.
func has(ctx context.Context, message proto.Message, is func(*commonpb.Payload) bool) (bool, error) {
	err := walk(ctx, message, 1, func(_ context.Context, p *commonpb.Payload) (*commonpb.Payload, error) {
		if is(p) {
			return nil, errFound
		}
		return p, nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

func walk(ctx context.Context, message proto.Message, atOnce int, change func(context.Context, *commonpb.Payload) (*commonpb.Payload, error)) error {
	options := proxy.VisitPayloadsOptions{SkipSearchAttributes: true, ConcurrencyLimit: atOnce}
	options.Visitor = func(in *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
		switch in.Parent.(type) {
		case *commonpb.Memo, *sdkpb.UserMetadata:
			return payloads, nil
		}
		out := make([]*commonpb.Payload, len(payloads))
		for i, p := range payloads {
			var err error
			if out[i], err = change(in.Context, p); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	options.WellKnownAnyVisitor = func(in *proxy.VisitPayloadsContext, wrapped *anypb.Any) error { return walkAny(in, wrapped, options) }
	if err := proxy.VisitPayloads(ctx, message, options); err != nil {
		return fmt.Errorf("payloads of %T: %w", message, err)
	}
	return nil
}

// walkAny visits a message within a message: those of updates. One that is unknown here holds no payload of an application.
func walkAny(ctx context.Context, wrapped *anypb.Any, options proxy.VisitPayloadsOptions) error {
	within, err := wrapped.UnmarshalNew()
	if err != nil {
		return nil //nolint:nilerr // it is passed on as it is
	}
	if err := proxy.VisitPayloads(ctx, within, options); err != nil {
		return err
	}
	return wrapped.MarshalFrom(within)
}
