package objects

import (
	"cmp"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
)

// defaultRenewAfter is half of the time for which an object stays whoever holds it.
const defaultRenewAfter = 30 * time.Minute

// Bucket is where objects are. It is safe for concurrent use.
type Bucket struct {
	// Conn is the connection that is used.
	Conn *nats.Conn
	// Name of the bucket.
	Name api.Bucket
	// Domain is the JetStream domain of the bucket; empty: the connection's own.
	Domain string
	// RenewAfter is how old an object may be that is put again without being renewed; 0: 30 min. The clocks of
	// this machine and of the bucket's leader may differ by less.
	RenewAfter time.Duration
}

func (b *Bucket) renewAfter() time.Duration { return cmp.Or(b.RenewAfter, defaultRenewAfter) }

// Fresh is for how long, from the beginning of a Put on, its object may be referred to: half of what it stays for beyond
// the age at which it is renewed.
func (b *Bucket) Fresh() time.Duration { return b.renewAfter() / 2 }

// StreamConfig is how the stream of a bucket must be. Discarding new messages when it is full, rather than old ones, loses no
// object; deleting and purging are for who sweeps.
func StreamConfig(bucket api.Bucket, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        bucket.Stream(),
		Description: "Perdure: large payloads",
		Subjects:    []string{bucket.AllChunks(), bucket.AllMeta()},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		Discard:     jetstream.DiscardNew,
		Replicas:    max(1, replicas),
		MaxMsgs:     -1,
		MaxBytes:    -1,
		MaxMsgSize:  -1,
		AllowDirect: true,
		Compression: jetstream.NoCompression,
	}
}
