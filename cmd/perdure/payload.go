package main

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/proxy"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/internal/objects"
)

const (
	// mostShown is up to how many bytes a large payload is fetched for a line of text, which is cut anyway.
	mostShown = 1 << 20
	// mostPrinted is the same for JSON, which other tools read.
	mostPrinted = 64 << 20
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
		s.bucket = &objects.Bucket{Conn: s.conn, Name: api.Bucket(told.GetBucket()), Domain: told.GetDomain()}
	})
	return s.bucket
}
