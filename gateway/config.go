package gateway

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
)

// Config is what a gateway needs. Conn, History, Matching, Visibility and Namespaces are required.
type Config struct {
	Conn       *nats.Conn
	Names      api.Names
	History    History
	Matching   Matching
	Visibility Visibility
	Namespaces Namespaces
	Logger     zerolog.Logger
	// Version of the server, a semantic version.
	Version string
	// Cluster is what GetClusterInfo tells.
	Cluster Cluster
	// LongPoll is how long a read waits for events: 20 s by default, and up to a sixteenth more.
	LongPoll time.Duration
	// MaxRequests and MaxLongPolls bound what is served at a time, apart from each
	// other so that waiting requests never keep out short ones: 10,000 and 20,000 by default.
	MaxRequests, MaxLongPolls int
}

func (c *Config) complete() error {
	if c.Conn == nil || c.History == nil || c.Matching == nil || c.Visibility == nil || c.Namespaces == nil {
		return errors.New("gateway: a connection, history, matching, visibility and namespaces are needed")
	}
	if err := c.Names.Validate(); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if c.Version == "" {
		c.Version = "0.0.0-dev"
	}
	if c.LongPoll <= 0 {
		c.LongPoll = 20 * time.Second
	}
	if c.MaxRequests <= 0 {
		c.MaxRequests = 10_000
	}
	if c.MaxLongPolls <= 0 {
		c.MaxLongPolls = 20_000
	}
	return nil
}
