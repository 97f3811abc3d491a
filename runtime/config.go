package runtime

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
)

const (
	// DefaultListen is where the embedded NATS listens.
	DefaultListen = "127.0.0.1:4222"
	// DefaultDataDir is where the embedded NATS keeps its data: a folder of the
	// working directory that can be seen, moved and deleted.
	DefaultDataDir = "perdure-data"
	// DefaultNamespace is made on an embedded server if it is absent.
	DefaultNamespace = "default"
	// defaultRetention is how long closed workflows of a namespace that is made here are kept.
	defaultRetention = 72 * time.Hour
	// DefaultStartTimeout has room for a NATS deployment that is started together with this process.
	DefaultStartTimeout = 5 * time.Minute
	// SyncAlways is the SyncInterval that makes each write durable before it is acknowledged.
	SyncAlways time.Duration = -1
)

// Config says which NATS to serve on, and what. The zero value embeds a server in
// DefaultDataDir at DefaultListen.
type Config struct {
	// External serves on an existing NATS deployment, named by Connection,
	// instead of an embedded server.
	External bool
	// Connection is how an external deployment is reached. With an embedded server only its
	// Creds, User, Password and InboxPrefix count: what the server's own connection logs in with, when NATSConfig asks for it.
	Connection connect.Settings

	// NATSConfig is the path of a configuration file of nats-server for the embedded server.
	NATSConfig string
	// DataDir is the embedded server's folder. Empty: what NATSConfig says, else DefaultDataDir.
	DataDir string
	// Listen is the host:port of the embedded server. Empty: what NATSConfig says, else
	// DefaultListen. Port 0 takes a free one; see Server.URL.
	Listen string
	// SyncInterval is how often the embedded server's files are synced. 0: what NATSConfig says,
	// else SyncAlways. Anything but SyncAlways can lose acknowledged work when the machine,
	// not only the process, stops.
	SyncInterval time.Duration

	// StartTimeout is how long a start waits for an external NATS to come up, and for JetStream to
	// answer; 0: DefaultStartTimeout. What is known to be wrong ends it at once.
	StartTimeout time.Duration

	// GRPC is where Temporal's clients connect; the zero value is nowhere.
	GRPC GRPC
	// UI is where browsers find the Web UI; the zero value is nowhere.
	UI UI
	// Metrics is where metrics and the health are served; the zero value is nowhere.
	Metrics Metrics

	// IndexDir is the folder of the indexes that workflows are listed from; no two servers may have the same. Empty: a
	// folder of DataDir, or, with an external NATS, one that is made anew at each start: an index can always be made from the streams.
	IndexDir string

	// Prefix is the first word of all subjects, streams and buckets; empty: api.DefaultPrefix.
	Prefix string
	// Namespaces are made at the start if they are absent. With an embedded server, DefaultNamespace always is.
	Namespaces []string
	// Shards and Replicas are those of the namespaces that are made; 0: the defaults of package namespace.
	Shards, Replicas int
	// Owner names this process to others that serve the same namespaces; empty: host and process id.
	Owner string
	// Version is that of the program, as GetClusterInfo tells it.
	Version string
	// Logger receives what an operator should see. The zero value drops everything.
	Logger zerolog.Logger
	// Tuning is for tests and experts; the zero value takes the defaults.
	Tuning Tuning
}

// Tuning is when runs leave memory and the log is cut. The defaults are those of history.Config.
type Tuning struct {
	// RestAfter is how long nothing must have touched a run before it leaves memory.
	RestAfter time.Duration
	// RestBusy is how old the oldest record of a busy run may get before the run is written to rest.
	RestBusy time.Duration
	// RestBytes is how much log there may be behind a busy run's oldest record before the run is written to rest.
	RestBytes uint64
	// CutBytes is the least size of a log that is cut.
	CutBytes uint64
	// LongPoll is how long a read waits for events.
	LongPoll time.Duration
	// PayloadGrace is how long a large payload stays after it was put, whoever holds it.
	PayloadGrace time.Duration
	// NoIndex keeps no index of workflows, which cannot be listed then: to see what it costs.
	NoIndex bool
}

// Validate tells what is wrong, in terms of the fields.
func (c Config) Validate() error {
	if err := c.names().Validate(); err != nil {
		return err
	}
	for _, name := range c.Namespaces {
		if err := api.CheckNamespace(name); err != nil {
			return err
		}
	}
	if c.Replicas < 0 || c.Replicas > 5 {
		return fmt.Errorf("replicas %d: use 1, 3 or 5", c.Replicas)
	}
	if c.Shards < 0 {
		return fmt.Errorf("shards %d: use 1 or more", c.Shards)
	}
	if c.StartTimeout < 0 {
		return fmt.Errorf("start timeout %v: use a positive time, or 0 for %v", c.StartTimeout, DefaultStartTimeout)
	}
	if c.SyncInterval < 0 && c.SyncInterval != SyncAlways {
		return fmt.Errorf("sync interval %v: use `always` or a duration", c.SyncInterval)
	}
	if err := c.Connection.Validate(); err != nil {
		return err
	}
	if err := c.validateDoors(); err != nil {
		return err
	}
	if c.External {
		return c.validateExternal()
	}
	return c.validateEmbedded()
}

func (c Config) validateDoors() error {
	for _, door := range []struct{ flag, listen, example string }{
		{"--grpc-listen", c.GRPC.Listen, DefaultGRPCListen},
		{"--ui-listen", c.UI.Listen, DefaultUIListen},
		{"--metrics-listen", c.Metrics.Listen, DefaultMetricsListen},
	} {
		if door.listen == "" {
			continue
		}
		if _, _, err := splitListen(door.listen, door.example); err != nil {
			return fmt.Errorf("%s: %w; or off", door.flag, err)
		}
	}
	return c.UI.validateHosts()
}

func (c Config) validateExternal() error {
	if c.NATSConfig != "" || c.DataDir != "" || c.Listen != "" || c.SyncInterval != 0 {
		return fmt.Errorf("an existing NATS deployment is named, and settings of an embedded server are given too: %s", c.whichKind())
	}
	return nil
}

// whichKind says how to have one of the two kinds of NATS.
func (c Config) whichKind() string {
	if variable := c.Connection.Variable; variable != "" {
		return variable + " is set; unset it to embed a NATS server, or leave out --config, --data-dir, --listen and --sync-interval (and their environment variables)"
	}
	return "leave out --config, --data-dir, --listen and --sync-interval (and their environment variables), or --nats-url and --context to embed a NATS server"
}

func (c Config) validateEmbedded() error {
	if c.Connection.URL != "" || c.Connection.Context != "" {
		return errors.New("a URL or context of NATS is given, and External is not set")
	}
	if c.Listen == "" {
		return nil
	}
	_, _, err := splitListen(c.Listen, DefaultListen)
	return err
}

func (c Config) names() api.Names { return api.Names{Prefix: c.Prefix} }

func splitListen(listen, example string) (host string, port int, err error) {
	host, portText, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("listen address %q: use host:port, such as %s", listen, example)
	}
	port, err = strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("listen address %q: the port is a number from 0 to 65535", listen)
	}
	return host, port, nil
}

// absolute makes messages about a folder clear wherever they are read.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
