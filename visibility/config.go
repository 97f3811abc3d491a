package visibility

import (
	"cmp"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/namespace"
)

// Positions is where visibility learns how far the logs are acknowledged: of history, in this process.
type Positions interface {
	// Positions are, by shard, the last sequences of the namespace's logs that are acknowledged, from memory; 0 where none is
	// known, nil for a namespace that is not served. Whatever was answered is in the logs up to there.
	Positions(namespace string) []uint64
}

// Namespaces is where visibility finds the settings of a namespace.
type Namespaces interface {
	// Current are the settings, from memory. serviceerror.NamespaceNotFound.
	Current(name string) (*namespace.Settings, error)
}

// Config of a Service. JetStream, Positions, Namespaces and Folder are required.
type Config struct {
	// JetStream is on a connection of its own: nats-server reads a stream for a connection before it takes anything
	// else that comes on it, and on history's that would be frames.
	JetStream  jetstream.JetStream
	Names      api.Names
	Positions  Positions
	Namespaces Namespaces
	// Folder is where the indexes are, one file for each namespace. No two processes may have the same.
	Folder string
	Logger zerolog.Logger
	// Every is how often what the logs say is written to the index, when no listing waits; 0: 1 s. A run that begins and
	// ends in that time is one row.
	Every time.Duration
	// Wait is how long a listing waits for the index; 0: 2 s.
	Wait time.Duration
	// Look is how often streams and files are looked at, and rows removed whose retention is over; 0: 5 s.
	Look time.Duration
	// Off keeps no index: whatever is asked is Unavailable.
	Off bool
	// MaxReply is how many bytes a reply may have; 0: the connection's max_payload, less what headers take.
	MaxReply int
}

// replyRoom is what a reply takes beside its body at most.
const replyRoom = 1 << 10

func (c *Config) complete() error {
	if c.JetStream == nil || c.Positions == nil || c.Namespaces == nil || c.Folder == "" {
		return errors.New("visibility: JetStream, Positions, Namespaces and Folder are needed")
	}
	c.Every = cmp.Or(c.Every, time.Second)
	c.Wait = cmp.Or(c.Wait, 2*time.Second)
	c.Look = cmp.Or(c.Look, 5*time.Second)
	return nil
}

func (c *Config) maxReply() int {
	return cmp.Or(c.MaxReply, int(c.JetStream.Conn().MaxPayload())-replyRoom)
}
