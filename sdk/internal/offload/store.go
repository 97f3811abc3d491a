package offload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/internal/objects"
)

// Describe asks the service where a namespace keeps its large payloads.
type Describe func(ctx context.Context, namespace string) (*payloadpb.DescribePayloadsResponse, error)

// Store moves large payloads between messages and the object stores of namespaces. It is safe for concurrent use, and has
// no goroutine of its own.
type Store struct {
	conn     *nats.Conn
	settings Settings
	describe Describe

	mu      sync.Mutex // guards buckets
	buckets map[string]*objects.Bucket
}

// New is a store on a connection, which it does not own.
func New(conn *nats.Conn, settings Settings, describe Describe) *Store {
	return &Store{conn: conn, settings: settings.withDefaults(), describe: describe, buckets: map[string]*objects.Bucket{}}
}

// bucket is the namespace's, as the service has told.
func (s *Store) bucket(ctx context.Context, namespace string) (*objects.Bucket, error) {
	s.mu.Lock()
	known := s.buckets[namespace]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	told, err := s.describe(ctx, namespace)
	var missing *serviceerror.FailedPrecondition
	if errors.As(err, &missing) {
		return nil, &Error{missing}
	}
	if err != nil {
		return nil, fmt.Errorf("asking where large payloads are: %w", err)
	}
	b := &objects.Bucket{Conn: s.conn, Name: api.Bucket(told.GetBucket()), Domain: told.GetDomain(), RenewAfter: told.GetRenewAfter().AsDuration()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[namespace] = b
	return b, nil
}

// with does something with the namespace's bucket. Where nobody answers for it the service is asked again, once: it knows whether it
// is missing, or another since the namespace was deleted and made again.
func (s *Store) with(ctx context.Context, namespace string, do func(*objects.Bucket) error) error {
	b, err := s.bucket(ctx, namespace)
	if err != nil {
		return err
	}
	if err = do(b); !errors.Is(err, objects.ErrNoBucket) {
		return s.explain(ctx, err)
	}
	s.mu.Lock()
	if s.buckets[namespace] == b {
		delete(s.buckets, namespace)
	}
	s.mu.Unlock()
	again, askErr := s.bucket(ctx, namespace)
	if askErr != nil {
		return askErr
	}
	if again.Name != b.Name {
		err = do(again)
	}
	return s.explain(ctx, err)
}

// put puts a payload there, and is until when its reference may be sent.
func (s *Store) put(ctx context.Context, namespace string, id api.PayloadID, data []byte) (until time.Time, err error) {
	err = s.with(ctx, namespace, func(b *objects.Bucket) error {
		until = time.Now().Add(b.Fresh())
		return b.Put(ctx, id, data)
	})
	return until, err
}

func (s *Store) get(ctx context.Context, namespace string, id api.PayloadID, size int64) (data []byte, err error) {
	if size > int64(s.settings.Limit) {
		return nil, &Error{serviceerror.NewFailedPreconditionf("a payload has %d bytes, and the limit here is %d: raise it", size, s.settings.Limit)}
	}
	err = s.with(ctx, namespace, func(b *objects.Bucket) error {
		data, err = b.Get(ctx, id, size)
		return err
	})
	return data, err
}

// Error is that a large payload could not be put into the object store, or read from it. It wraps an error of package serviceerror.
type Error struct{ err error }

// Error implements error.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap is the error of package serviceerror.
func (e *Error) Unwrap() error { return e.err }

// Passing tells whether the same may succeed later.
func (e *Error) Passing() bool {
	var unavailable *serviceerror.Unavailable
	return errors.As(e.err, &unavailable)
}

// explain makes an error of the store one of package serviceerror.
func (s *Store) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, objects.ErrNotFound), errors.Is(err, objects.ErrDamaged):
		return &Error{serviceerror.NewDataLoss(err.Error())}
	case errors.Is(err, objects.ErrNoBucket), errors.Is(err, objects.ErrFull), errors.Is(err, objects.ErrUnavailable):
		return &Error{serviceerror.NewUnavailable(err.Error())}
	}
	return &Error{serviceerror.NewInternal(err.Error())}
}
