package offload

import (
	"context"
	"fmt"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// Offload is the message to send in place of this one, which is not changed: its payloads above the threshold are in the
// object store, and references stand for them. Memos, search attributes and what user interfaces show stay: the service
// reads or lists them. The references may be sent until then; later the message is to be made anew. Zero: there is none in it.
//
// Errors: *Error, those of asking the service, serviceerror.InvalidArgument for a payload above the limit, ctx's.
func (s *Store) Offload(ctx context.Context, namespace string, message proto.Message) (out proto.Message, until time.Time, err error) {
	if !s.IsLarge(proto.Size(message)) {
		return message, time.Time{}, nil
	}
	most, above := s.conn.MaxPayload(), s.threshold()
	if out, until, err = s.offload(ctx, namespace, message, above); err != nil {
		return nil, time.Time{}, err
	}
	if int64(proto.Size(out)) <= most-most/4 || above < crowded {
		return out, until, nil
	}
	// Many of a middle size: together they fit no message.
	out, further, err := s.offload(ctx, namespace, out, crowded)
	return out, earlier(until, further), err
}

// IsLarge tells whether a message of so many bytes may have a payload for the object store.
func (s *Store) IsLarge(size int) bool {
	above := s.threshold()
	return above >= 0 && size > above
}

// threshold is how many bytes a payload may have in a message; negative: any number.
func (s *Store) threshold() int { return int(min(int64(s.settings.Threshold), s.conn.MaxPayload()/4)) }

// crowded is the threshold for a message that has too many payloads below the other.
const crowded = 4 << 10

// earlier is the one of two times that comes first; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (s *Store) offload(ctx context.Context, namespace string, message proto.Message, above int) (out proto.Message, until time.Time, err error) {
	large := func(p *commonpb.Payload) bool { return proto.Size(p) > above }
	if some, err := has(ctx, message, large); err != nil || !some {
		return message, time.Time{}, err
	}
	var mu sync.Mutex // guards until
	out = proto.Clone(message)
	err = visit(ctx, out, func(ctx context.Context, p *commonpb.Payload) (*commonpb.Payload, error) {
		if !large(p) {
			return p, nil
		}
		reference, fresh, err := s.store(ctx, namespace, p)
		mu.Lock()
		defer mu.Unlock()
		until = earlier(until, fresh)
		return reference, err
	})
	return out, until, err
}

// store puts one payload into the object store.
func (s *Store) store(ctx context.Context, namespace string, p *commonpb.Payload) (*commonpb.Payload, time.Time, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
	if err != nil {
		return nil, time.Time{}, serviceerror.NewInvalidArgumentf("encoding a payload: %v", err)
	}
	if len(data) > s.settings.Limit {
		return nil, time.Time{}, serviceerror.NewInvalidArgumentf("a payload has %d bytes, and may have %d: pass less data, or raise the limit", len(data), s.settings.Limit)
	}
	id := api.PayloadIDOf(data)
	until, err := s.put(ctx, namespace, id, data)
	if err != nil {
		return nil, time.Time{}, err
	}
	reference, err := api.NewReference(id, len(data))
	return reference, until, err
}

// Resolve gives the message the payloads that its references stand for. After an error some may be references still.
// Errors: *Error, those of asking the service, ctx's.
func (s *Store) Resolve(ctx context.Context, namespace string, message proto.Message) error {
	if !mayRefer(message) {
		return nil
	}
	if some, err := has(ctx, message, api.IsReference); err != nil || !some {
		return err
	}
	return visit(ctx, message, func(ctx context.Context, p *commonpb.Payload) (*commonpb.Payload, error) {
		if !api.IsReference(p) {
			return p, nil
		}
		return s.fetch(ctx, namespace, p)
	})
}

func (s *Store) fetch(ctx context.Context, namespace string, reference *commonpb.Payload) (*commonpb.Payload, error) {
	id, size, err := api.ReadReference(reference)
	if err != nil {
		return nil, &Error{serviceerror.NewDataLoss(err.Error())}
	}
	data, err := s.get(ctx, namespace, id, size)
	if err != nil {
		return nil, err
	}
	p := &commonpb.Payload{}
	if err := proto.Unmarshal(data, p); err != nil {
		return nil, &Error{serviceerror.NewDataLoss(fmt.Sprintf("the large payload %s is none: %v", id, err))}
	}
	return p, nil
}
