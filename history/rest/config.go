package rest

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

const (
	// MaxSequences is in how many messages a run should be in OPEN at most: when
	// len(Run.Sequences) has reached it, give the next WriteOpen the whole run
	// (FirstEventID 1); Result.Sequences then has the new messages alone.
	MaxSequences = 8
	// MaxRun is how many bytes one write of a run may have, over all its parts.
	MaxRun = 256 << 20
	// Version is the newest version that this program reads.
	Version = 1
	// OldestVersion is the oldest.
	OldestVersion = 1

	defaultTimeout = 10 * time.Second
	// headerRoom is what a message's headers take at most beside its summary.
	headerRoom = 512
	// leastRoom is what must be left of a message beside its headers.
	leastRoom = 1 << 10
)

// Config is where a namespace's runs rest.
type Config struct {
	JetStream   jetstream.JetStream
	Names       api.Names
	Incarnation api.Incarnation
	// Replicas is used by Create alone; 0: 1.
	Replicas int
	// Retention is how long closed runs are kept.
	Retention time.Duration
	// OpenCreated and HistoryCreated are what Create returned. Zero: not checked.
	OpenCreated, HistoryCreated time.Time
	// Version of what is written; 0: Version.
	Version uint32
	// Timeout is how long an acknowledgement may take; 0: 10 s.
	Timeout time.Duration
	// MaxPayload is the largest message in bytes; 0: what the connection allows.
	MaxPayload int
}

func (c Config) withDefaults() (Config, error) {
	if c.Version == 0 {
		c.Version = Version
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Version < OldestVersion || c.Version > Version {
		return c, fmt.Errorf("runs at rest of namespace %s: %w: it writes version %d and this program knows %d to %d: run a newer one",
			c.Incarnation.Namespace, ErrVersion, c.Version, OldestVersion, Version)
	}
	if c.Retention <= 0 {
		return c, fmt.Errorf("runs at rest of namespace %s: %w: the retention must be above 0", c.Incarnation.Namespace, stream.ErrSettings)
	}
	return c, nil
}

func (c Config) maxPayload() int {
	if c.MaxPayload != 0 {
		return c.MaxPayload
	}
	return int(c.JetStream.Conn().MaxPayload())
}

// open is how the stream OPEN must be. Messages are deleted one by one.
func (c Config) open() jetstream.StreamConfig {
	config := c.base()
	config.Name = c.Names.OpenStream(c.Incarnation)
	config.Description = "Perdure: open runs at rest"
	config.Subjects = []string{c.Names.OpenAll(c.Incarnation.Namespace)}
	return config
}

// history is how the stream HISTORY must be. Age removes a run, and its deletion: by its subject, never single messages.
func (c Config) history() jetstream.StreamConfig {
	config := c.base()
	config.Name = c.Names.HistoryStream(c.Incarnation)
	config.Description = "Perdure: histories of closed runs"
	config.Subjects = []string{c.Names.HistoryAll(c.Incarnation.Namespace)}
	config.MaxAge = c.Retention
	config.DenyDelete = true
	return config
}

// base has Direct Get for reads of what never changes: a message by its
// sequence, a closed run by its subject. Discarding new messages when it is full, rather than old ones, loses no run.
func (c Config) base() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Retention:          jetstream.LimitsPolicy,
		Storage:            jetstream.FileStorage,
		Discard:            jetstream.DiscardNew,
		Replicas:           max(1, c.Replicas),
		MaxMsgs:            -1,
		MaxBytes:           -1,
		MaxMsgSize:         -1,
		AllowDirect:        true,
		AllowAtomicPublish: true,
		Compression:        jetstream.S2Compression,
	}
}
