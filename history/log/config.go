package log

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/history/stream"
)

const (
	// MaxFrame is how many bytes an encoded frame may have, over all its parts.
	MaxFrame = 64 << 20
	// Version is the newest version of frames that this program reads.
	Version = 1
	// OldestVersion is the oldest.
	OldestVersion = 1

	defaultAckTimeout  = 5 * time.Second
	defaultMaxInFlight = 8
	// headerRoom is what the headers of a message take at most.
	headerRoom = 256
	// leastPayload is the least max_payload that leaves room for anything.
	leastPayload = 4 << 10
)

// Config is one shard's log.
type Config struct {
	JetStream jetstream.JetStream
	// Stream and Subject as api.Names makes them.
	Stream, Subject string
	// Replicas is used by Create alone; 0: 1.
	Replicas int
	// Created is when the stream was made, as Create returned it. Zero: not checked.
	Created time.Time
	// Version of the frames that are written; 0: Version.
	Version uint32
	// AckTimeout is after what time a frame in flight counts as doubtful; 0: 5 s.
	AckTimeout time.Duration
	// MaxPayload is the largest message in bytes; 0: what the connection allows.
	MaxPayload int
	// MaxInFlight is how many frames may wait for acknowledgement; 0: 8.
	MaxInFlight int
}

func (c Config) withDefaults() (Config, error) {
	if c.Version == 0 {
		c.Version = Version
	}
	if c.AckTimeout == 0 {
		c.AckTimeout = defaultAckTimeout
	}
	if c.MaxInFlight == 0 {
		c.MaxInFlight = defaultMaxInFlight
	}
	if c.Version < OldestVersion || c.Version > Version {
		return c, fmt.Errorf("log %s: %w: its namespace writes version %d and this program knows %d to %d: run a newer one", c.Stream, ErrVersion, c.Version, OldestVersion, Version)
	}
	if room := c.partSize(); room < leastPayload-headerRoom {
		return c, fmt.Errorf("log %s: %w: max_payload of the NATS server leaves %d bytes for a message: set it to at least %d", c.Stream, stream.ErrSettings, room, leastPayload)
	}
	return c, nil
}

// partSize is how much of a frame one message carries.
func (c Config) partSize() int {
	payload := c.MaxPayload
	if payload == 0 {
		payload = int(c.JetStream.Conn().MaxPayload())
	}
	return payload - headerRoom
}

// streamConfig is how a log's stream must be. Direct Get is for reading it
// quickly; what is read is checked against the leader's last sequence.
func (c Config) streamConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        c.Stream,
		Description: "Perdure: the commit log of a shard",
		Subjects:    []string{c.Subject},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		Discard:     jetstream.DiscardNew,
		Replicas:    max(1, c.Replicas),
		MaxMsgs:     -1,
		MaxBytes:    -1,
		MaxMsgSize:  -1,
		DenyDelete:  true,
		AllowDirect: true,
		Compression: jetstream.NoCompression,
	}
}
