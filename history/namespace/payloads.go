package namespace

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/history/stream"
)

// DefaultPayloadGrace is how long a large payload stays at least once it was put: longer than any request that is to refer to
// it is on its way.
const DefaultPayloadGrace = time.Hour

// DescribePayloads tells where a namespace keeps its large payloads. serviceerror.NamespaceNotFound, FailedPrecondition when that
// bucket is missing or another than was made, Unavailable.
func (r *Registry) DescribePayloads(ctx context.Context, namespace string, _ *payloadpb.DescribePayloadsRequest) (*payloadpb.DescribePayloadsResponse, error) {
	settings, err := r.Current(namespace)
	if err != nil {
		return nil, err
	}
	bucket := r.config.Names.PayloadsBucket(settings.Incarnation)
	_, err = stream.Open(ctx, r.config.JetStream, settings.Payloads(r.config.Names), settings.PayloadsCreated)
	switch {
	case errors.Is(err, stream.ErrMissing), errors.Is(err, stream.ErrReplaced), errors.Is(err, stream.ErrSettings):
		return nil, serviceerror.NewFailedPreconditionf("large payloads of namespace %s cannot be used: their bucket %s: %v", namespace, bucket, err)
	case err != nil:
		return nil, unavailable("looking for the bucket "+string(bucket), err)
	}
	return &payloadpb.DescribePayloadsResponse{
		Bucket: string(bucket), Domain: r.config.JetStream.Options().Domain,
		RenewAfter: durationpb.New(r.config.PayloadGrace / 2),
	}, nil
}

// makePayloads makes the bucket of large payloads for a namespace that was made without one, and enters it. Once it is entered it
// is never made again: there may have been payloads in it.
func (r *Registry) makePayloads(ctx context.Context, settings *Settings, revision uint64) (*Settings, error) {
	made := settings.clone()
	var err error
	if made.PayloadsCreated, err = stream.Create(ctx, r.config.JetStream, settings.Payloads(r.config.Names)); err != nil {
		return nil, err
	}
	_, err = r.put(ctx, made, revision)
	if isConflict(err) { // with another process that makes it too, or that changes something else
		return r.Get(ctx, settings.Incarnation.Namespace)
	}
	if err != nil {
		return nil, err
	}
	return made, nil
}
