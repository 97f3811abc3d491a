package main

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/proxy"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/internal/objects"
)

const (
	// mostShown is up to how many bytes a large payload is fetched for a line of text, which is cut anyway.
	mostShown = 1 << 20
	// mostPrinted is the same for JSON, which other tools read, and how large a payload may be that is sent: the SDK's limit.
	mostPrinted = 64 << 20
	// largePayload is above how many bytes a payload is kept in the object store: the SDK's threshold.
	largePayload = 128 << 10
)

// whole puts large payloads in the place of their references, up to a size. One that cannot be had stays a reference, which is
// shown as such: that is no reason to show nothing.
func (s *session) whole(ctx context.Context, message proto.Message) error {
	return proxy.VisitPayloads(ctx, message, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
			out := make([]*commonpb.Payload, len(payloads))
			for i, p := range payloads {
				out[i] = s.fetched(ctx, p)
			}
			return out, nil
		},
	})
}

// fetched is the payload that a reference stands for, if it can be had; else the payload itself.
func (s *session) fetched(ctx context.Context, p *commonpb.Payload) *commonpb.Payload {
	if !api.IsReference(p) {
		return p
	}
	most := int64(mostShown)
	if s.Output == outputJSON || s.Output == outputLines {
		most = mostPrinted
	}
	id, size, err := api.ReadReference(p)
	if err != nil || size > most {
		return p
	}
	bucket := s.payloadsBucket(ctx)
	if bucket == nil {
		return p
	}
	data, err := bucket.Get(ctx, id, size)
	if err != nil {
		return p
	}
	whole := &commonpb.Payload{}
	if proto.Unmarshal(data, whole) != nil {
		return p
	}
	return whole
}

// payloadsBucket is where the namespace's large payloads are; nil when nobody tells.
func (s *session) payloadsBucket(ctx context.Context) *objects.Bucket {
	s.bucketOnce.Do(func() {
		told := &payloadpb.DescribePayloadsResponse{}
		if err := s.send(ctx, s.names.API(s.Namespace, api.DescribePayloads), &payloadpb.DescribePayloadsRequest{}, told); err != nil {
			return
		}
		s.bucket = &objects.Bucket{Conn: s.conn, Name: api.Bucket(told.GetBucket()), Domain: told.GetDomain(), RenewAfter: told.GetRenewAfter().AsDuration()}
	})
	return s.bucket
}

// light is the request to send in place of this one: its large payloads are in the object store, and references stand for them. Where
// nobody tells where that is they stay, and fit the message or not.
func (s *session) light(ctx context.Context, request proto.Message) (proto.Message, error) {
	if proto.Size(request) <= largePayload {
		return request, nil
	}
	out := proto.Clone(request)
	return out, proxy.VisitPayloads(ctx, out, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(in *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
			switch in.Parent.(type) {
			case *commonpb.Memo, *sdkpb.UserMetadata: // which the service lists, or shows
				return payloads, nil
			}
			stored := make([]*commonpb.Payload, len(payloads))
			for i, p := range payloads {
				var err error
				if stored[i], err = s.stored(ctx, p); err != nil {
					return nil, err
				}
			}
			return stored, nil
		},
	})
}

// stored is the reference to a large payload, which is in the object store then, or the payload itself.
func (s *session) stored(ctx context.Context, p *commonpb.Payload) (*commonpb.Payload, error) {
	size := proto.Size(p)
	if size <= largePayload {
		return p, nil
	}
	if size > mostPrinted {
		return nil, usagef("a payload has %d bytes, and may have %d: pass less data", size, mostPrinted)
	}
	bucket := s.payloadsBucket(ctx)
	if bucket == nil {
		return p, nil
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
	if err != nil {
		return nil, err
	}
	id := api.PayloadIDOf(data)
	if err := bucket.Put(ctx, id, data); err != nil {
		return nil, fmt.Errorf("putting a payload of %d bytes into the object store of namespace %s: %w", size, s.Namespace, err)
	}
	return api.NewReference(id, len(data))
}
