package gateway

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
)

// Config is what a gateway needs. Conn, History, Matching and Namespaces are required.
type Config struct {
	Conn       *nats.Conn
	Names      api.Names
	History    History
	Matching   Matching
	Namespaces Namespaces
	Logger     zerolog.Logger
	// InboxPrefixes are where a reply may go: "_INBOX." by default. Each ends with a
	// dot. Callers of another account, which come through a
	// service import, have their replies under "_R_.".
	InboxPrefixes []string
	// Version of the server, a semantic version.
	Version string
	// MaxRequests and MaxLongPolls bound what is served at a time, apart from each
	// other so that waiting requests never keep out short ones: 10,000 and 20,000 by default.
	MaxRequests, MaxLongPolls int
}

func (c *Config) complete() error {
	if c.Conn == nil || c.History == nil || c.Matching == nil || c.Namespaces == nil {
		return errors.New("gateway: a connection, history, matching and namespaces are needed")
	}
	if err := c.Names.Validate(); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if len(c.InboxPrefixes) == 0 {
		c.InboxPrefixes = []string{nats.InboxPrefix}
	}
	for _, prefix := range c.InboxPrefixes {
		if err := checkInboxPrefix(prefix, c.Names); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
	}
	if c.Version == "" {
		c.Version = "0.0.0-dev"
	}
	if c.MaxRequests <= 0 {
		c.MaxRequests = 10_000
	}
	if c.MaxLongPolls <= 0 {
		c.MaxLongPolls = 20_000
	}
	return nil
}

// checkInboxPrefix refuses a prefix under which more than inboxes can be.
func checkInboxPrefix(prefix string, names api.Names) error {
	own := strings.TrimSuffix(names.Admin(""), "admin.")
	switch {
	case len(prefix) < 2 || !strings.HasSuffix(prefix, ".") || strings.ContainsAny(prefix, "*> \t\r\n"):
		return fmt.Errorf("inbox prefix %q: use a subject without wildcards that ends with a dot, such as %q", prefix, "_INBOX.")
	case strings.HasPrefix(prefix, "$") || strings.HasPrefix(prefix, own):
		return fmt.Errorf("inbox prefix %q: replies there would reach NATS's or this service's own subjects", prefix)
	}
	return nil
}

// mayReply tells whether a reply may go to a subject.
func (c *Config) mayReply(subject string) bool {
	for _, prefix := range c.InboxPrefixes {
		if len(subject) > len(prefix) && strings.HasPrefix(subject, prefix) {
			return true
		}
	}
	return false
}
