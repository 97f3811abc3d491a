package objects

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/pause"
)

const (
	// chunkSize is how many bytes of an object one message has; less where max_payload is smaller.
	chunkSize = 256 << 10
	// chunkRoom is what a message leaves free of max_payload.
	chunkRoom = 1 << 10
	// inFlight is how many chunks of one object wait for their acknowledgements.
	inFlight = 8
	// putTries is how often a whole object is put.
	putTries = 4
)

// Put puts an object there; id must be that of the data. One that is there is not sent again, but renewed when it is
// older than RenewAfter: for as long again it stays, whoever holds it. It can be repeated. Errors: ErrNoBucket, ErrFull,
// ErrUnavailable, which wraps ctx's.
func (b *Bucket) Put(ctx context.Context, id api.PayloadID, data []byte) error {
	var err error
	for range putTries {
		if err = b.put(ctx, id, data); err == nil || errors.Is(err, ErrNoBucket) || errors.Is(err, ErrFull) {
			return err
		}
		if pause.For(ctx, tryPause) != nil {
			break
		}
	}
	if errors.Is(err, errConflict) {
		err = b.unavailable("putting an object", err)
	}
	return err
}

func (b *Bucket) put(ctx context.Context, id api.PayloadID, data []byte) error {
	found, err := b.find(ctx, id)
	switch {
	case errors.Is(err, ErrDamaged):
		// It is put anew.
	case err != nil:
		return err
	case found.there() && time.Since(found.written) < b.renewAfter():
		return nil
	case found.there():
		return b.describe(ctx, id, found.ObjectInfo, found.sequence)
	}
	info := jetstream.ObjectInfo{
		ObjectMeta: jetstream.ObjectMeta{Name: id.String(), Opts: &jetstream.ObjectMetaOptions{ChunkSize: uint32(b.chunk())}},
		Bucket:     string(b.Name), NUID: nuid.Next(), Size: uint64(len(data)), Digest: digest(id),
	}
	info.Chunks = uint32((len(data) + b.chunk() - 1) / b.chunk())
	if err := b.putChunks(ctx, b.Name.Chunks(info.NUID), data); err != nil {
		return err
	}
	return b.describe(ctx, id, info, found.sequence)
}

func (b *Bucket) chunk() int { return min(chunkSize, int(b.Conn.MaxPayload())-chunkRoom) }

// putChunks stores the content, in order, each chunk sent once: JetStream keeps the order of one connection's messages. An
// attempt that fails leaves chunks that no object has, which are swept away.
func (b *Bucket) putChunks(ctx context.Context, subject string, data []byte) error {
	inbox := b.Conn.NewRespInbox()
	acks, err := b.Conn.SubscribeSync(inbox)
	if err != nil {
		return b.unavailable("putting an object", err)
	}
	defer func() { _ = acks.Unsubscribe() }()
	for waiting := 0; waiting > 0 || len(data) > 0; {
		if waiting < inFlight && len(data) > 0 {
			n := min(len(data), b.chunk())
			if err := b.Conn.PublishMsg(&nats.Msg{Subject: subject, Reply: inbox, Data: data[:n]}); err != nil {
				return b.unavailable("putting an object", err)
			}
			data = data[n:]
			waiting++
			continue
		}
		if err := b.acknowledged(b.next(ctx, acks)); err != nil {
			return err
		}
		waiting--
	}
	return nil
}
