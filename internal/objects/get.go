package objects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/pause"
)

// readBytes bounds what one request for chunks asks for. The connection holds 64 MiB of a
// subscription before it drops messages.
const readBytes = 8 << 20

// Get is the content of an object, which must not have more bytes than limit. It is checked against the id. Errors:
// ErrNotFound, ErrDamaged, ErrNoBucket, ErrUnavailable, which wraps ctx's.
func (b *Bucket) Get(ctx context.Context, id api.PayloadID, limit int64) ([]byte, error) {
	var err error
	for range tries {
		var data []byte
		if data, err = b.get(ctx, id, limit); err == nil {
			return data, nil
		}
		// A replica may lag, or the object have just been put anew.
		if errors.Is(err, ErrNoBucket) || errors.Is(err, errTooLarge) || pause.For(ctx, tryPause) != nil {
			break
		}
	}
	return nil, err
}

// errTooLarge: the object is larger than whoever reads it expects, which its reference told.
var errTooLarge = fmt.Errorf("%w: it is larger than its reference says", ErrDamaged)

func (b *Bucket) get(ctx context.Context, id api.PayloadID, limit int64) ([]byte, error) {
	found, err := b.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found.there() {
		return nil, fmt.Errorf("%w: %s in %s: it was removed, or never put there", ErrNotFound, id, b.Name)
	}
	if found.Size > uint64(limit) {
		return nil, fmt.Errorf("%w: %s in %s has %d bytes", errTooLarge, id, b.Name, found.Size)
	}
	data := make([]byte, 0, found.Size)
	for next := uint64(1); uint64(len(data)) < found.Size; {
		before := len(data)
		if data, next, err = b.chunks(ctx, b.Name.Chunks(found.NUID), next, data, int(found.Size)); err != nil {
			return nil, err
		}
		if len(data) == before {
			break
		}
	}
	if !isOf(id, data) {
		return nil, fmt.Errorf("%w: %s in %s has %d bytes of %d", ErrDamaged, id, b.Name, len(data), found.Size)
	}
	return data, nil
}

// chunks appends the chunks from the sequence on, as many as one request brings, and returns the sequence behind them.
func (b *Bucket) chunks(ctx context.Context, subject string, from uint64, data []byte, size int) ([]byte, uint64, error) {
	request, err := json.Marshal(map[string]any{
		"seq": from, "next_by_subj": subject, "batch": size, "max_bytes": readBytes, // no chunk is empty
	})
	if err != nil {
		return nil, 0, err
	}
	inbox := b.Conn.NewRespInbox()
	answers, err := b.Conn.SubscribeSync(inbox)
	if err != nil {
		return nil, 0, b.unavailable("reading an object", err)
	}
	defer func() { _ = answers.Unsubscribe() }()
	if err := b.Conn.PublishRequest(b.prefix()+"DIRECT.GET."+b.Name.Stream(), inbox, request); err != nil {
		return nil, 0, b.unavailable("reading an object", err)
	}
	for len(data) < size {
		chunk, err := b.next(ctx, answers)
		if err != nil {
			return nil, 0, b.unavailable("reading an object", err)
		}
		if chunk.Header.Get("Status") != "" {
			break // the end, or nothing from there on
		}
		sequence, err := strconv.ParseUint(chunk.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil || sequence < from || len(data)+len(chunk.Data) > size {
			return nil, 0, fmt.Errorf("%w: its chunks on %s are not those of one object", ErrDamaged, subject)
		}
		data, from = append(data, chunk.Data...), sequence+1
	}
	return data, from, nil
}
