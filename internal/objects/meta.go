package objects

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/puback"
)

// meta is what the bucket says of an object.
type meta struct {
	jetstream.ObjectInfo
	// sequence of the message that says it; 0: there is none.
	sequence uint64
	written  time.Time
}

// there tells whether the object can be read.
func (m meta) there() bool { return m.sequence != 0 && !m.Deleted }

// Codes of JetStream's errors, as in the server's errors.json.
const (
	codeWrongLast         = 10071
	codeWrongLastInFlight = 10164
)

// find asks any replica for an object. One that lags may say that it is not there, which does no harm: whoever puts it is refused
// then and looks again, and so does whoever reads it. That it is there, and young, is true of all.
func (b *Bucket) find(ctx context.Context, id api.PayloadID) (meta, error) {
	request, err := json.Marshal(map[string]string{"last_by_subj": b.Name.Meta(id.String())})
	if err != nil {
		return meta{}, err
	}
	reply, err := b.request(ctx, "DIRECT.GET."+b.Name.Stream(), request)
	switch {
	case err != nil:
		return meta{}, err
	case reply.Header.Get("Status") == "404":
		return meta{}, nil
	case reply.Header.Get("Status") != "":
		return meta{}, b.unavailable("asking for an object", errors.New(reply.Header.Get("Description")))
	}
	sequence, err := strconv.ParseUint(reply.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return meta{}, b.unavailable("asking for an object", err)
	}
	found := meta{sequence: sequence}
	if found.written, err = time.Parse(time.RFC3339Nano, reply.Header.Get(jetstream.TimeStampHeaer)); err != nil {
		return meta{}, b.unavailable("asking for an object", err)
	}
	return found, b.decode(reply.Data, id, &found)
}

func (b *Bucket) decode(data []byte, id api.PayloadID, into *meta) error {
	if err := json.Unmarshal(data, &into.ObjectInfo); err != nil {
		return fmt.Errorf("%w: %s in %s: what is said of it: %w", ErrDamaged, id, b.Name, err)
	}
	return nil
}

// describe writes what an object is, in place of the message with that sequence; 0: there must be none. It returns
// errConflict when another has written it, or removed it, meanwhile.
func (b *Bucket) describe(ctx context.Context, id api.PayloadID, info jetstream.ObjectInfo, replaces uint64) error {
	data, err := json.Marshal(info)
	if err != nil {
		return err
	}
	message := &nats.Msg{Subject: b.Name.Meta(id.String()), Data: data, Header: nats.Header{
		jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(replaces, 10)},
	}}
	return b.publish(ctx, message)
}

// errConflict: an object was written or removed by another meanwhile.
var errConflict = errors.New("the object was changed meanwhile")

// publish stores one message. Errors: errConflict, ErrFull, ErrNoBucket, ErrUnavailable, also where the bucket has no leader: only
// that one takes messages, and find has been answered by any replica.
func (b *Bucket) publish(ctx context.Context, message *nats.Msg) error {
	return b.acknowledged(b.ask(ctx, message))
}

// acknowledged reads the answer to a message that was to be stored.
func (b *Bucket) acknowledged(reply *nats.Msg, err error) error {
	if err != nil {
		return b.unavailable("putting an object", err)
	}
	ack, err := puback.Parse(reply.Data)
	switch {
	case err != nil:
		return b.unavailable("putting an object", err)
	case ack.Code == codeWrongLast, ack.Code == codeWrongLastInFlight:
		return errConflict
	case ack.Code != 0:
		return fmt.Errorf("%w: %s: %s (%d): free disk space or raise the limits of the account or the server", ErrFull, b.Name, ack.Description, ack.Code)
	case string(ack.Stream) != b.Name.Stream():
		return fmt.Errorf("%w: stream %s takes the messages of its subjects", b.noBucket(), ack.Stream)
	}
	return nil
}

// digest is an object's, as NATS's object stores write it.
func digest(id api.PayloadID) string {
	return "SHA-256=" + base64.URLEncoding.EncodeToString(id[:])
}

func isOf(id api.PayloadID, data []byte) bool { return sha256.Sum256(data) == id }
