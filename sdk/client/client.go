package client

import (
	"cmp"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/call"
	"github.com/perdure/perdure/sdk/internal/eager"
	"github.com/perdure/perdure/sdk/internal/offload"
	"github.com/perdure/perdure/sdk/metrics"
	"github.com/perdure/perdure/sdk/workflow"
)

// DefaultNamespace is the namespace that a server with an embedded NATS has from the start.
const DefaultNamespace = "default"

// Options say where the service is and how to talk to it. The zero value connects to a server on
// this machine.
type Options struct {
	// URL is one or several NATS URLs, separated by commas; empty is nats://127.0.0.1:4222.
	URL string
	// Conn is a connection to use instead of making one. The client does not close it. It should
	// reconnect without limit (nats.MaxReconnects(-1)): when it gives up, the client is of no more use.
	// That it is lost, or back, is for its handlers to tell (nats.DisconnectErrHandler).
	Conn *nats.Conn
	// Credentials is the path of a .creds file.
	Credentials string
	// InboxPrefix is the first part of reply subjects, if the credentials allow only one; empty is _INBOX.
	InboxPrefix string
	// NATS are further options of the connection.
	NATS []nats.Option
	// Namespace is where the workflows are; empty is DefaultNamespace.
	Namespace string
	// Prefix is the first word of the service's subjects; empty is api.DefaultPrefix.
	Prefix string
	// DataConverter turns values into payloads; nil is converter.Default().
	DataConverter converter.DataConverter
	// Interceptors wrap the calls of this client, and the workflows and activities of its workers where they are
	// interceptor.WorkerInterceptors, too. The first is the outermost.
	Interceptors []Interceptor
	// ContextPropagators carry values of the contexts that calls of this client are made with to the workflows, and on to
	// their activities: those of its workers, too.
	ContextPropagators []workflow.ContextPropagator
	// PayloadThreshold is the size in bytes, behind codecs, above which a payload travels as a reference, and lies in an object store of its
	// namespace: at least 1 KiB; 0: 128 KiB; below 0: all payloads travel in messages, which NATS's max_payload bounds.
	PayloadThreshold int
	// PayloadLimit is how many bytes a payload may have that is put there or read from there; 0: 64 MiB.
	PayloadLimit int
	// MetricsHandler is told what this client and its workers do; nil: nobody is. Package prometheus of the SDK makes one.
	MetricsHandler metrics.Handler
	// Identity names this process in histories; empty is pid@host.
	Identity string
	// Logger is told when the connection is lost and when it is back, and is used by workers of this
	// client, which log no payloads. The zero value tells warnings and errors on the standard error stream, as text;
	// zerolog.Nop() drops everything.
	Logger zerolog.Logger
}

func (o Options) withDefaults() Options {
	o.Namespace = cmp.Or(o.Namespace, DefaultNamespace)
	if o.DataConverter == nil {
		o.DataConverter = converter.Default()
	}
	if o.Identity == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown"
		}
		o.Identity = fmt.Sprintf("%d@%s", os.Getpid(), host)
	}
	if o.MetricsHandler == nil {
		o.MetricsHandler = metrics.Nop
	}
	o.Logger = orDefault(o.Logger)
	return o
}

// Client talks to the service of one namespace. It is safe for concurrent use.
type Client struct {
	options  Options
	names    api.Names
	conn     *nats.Conn
	caller   *call.Caller
	outbound OutboundInterceptor
	eager    eager.Workers
	close    func()
}

// Connect makes a client. It fails when the options are wrong or no NATS server answers; that the
// service itself is running is first seen by a call.
func Connect(o Options) (*Client, error) {
	o = o.withDefaults()
	names := api.Names{Prefix: o.Prefix}
	if err := names.Validate(); err != nil {
		return nil, err
	}
	if err := api.CheckNamespace(o.Namespace); err != nil {
		return nil, err
	}
	payloads := offload.Settings{Threshold: o.PayloadThreshold, Limit: o.PayloadLimit}
	if err := payloads.Validate(); err != nil {
		return nil, err
	}
	c := &Client{options: o, names: names, conn: o.Conn}
	var err error
	if c.outbound, err = c.intercept(); err != nil {
		return nil, err
	}
	if o.Conn == nil {
		conn, err := dial(o)
		if err != nil {
			return nil, err
		}
		c.conn = conn
	}
	closeConn := func() {
		if o.Conn == nil {
			c.conn.Close()
		}
	}
	if c.caller, err = call.New(c.conn, names, o.Namespace); err != nil {
		closeConn()
		return nil, err
	}
	c.caller.Measure(o.MetricsHandler)
	c.caller.Offload(payloads, "")
	c.close = sync.OnceFunc(func() {
		c.caller.Close()
		closeConn()
	})
	return c, nil
}

func dial(o Options) (*nats.Conn, error) {
	settings := connect.Settings{
		URL: o.URL, Creds: o.Credentials, InboxPrefix: o.InboxPrefix, Name: "perdure client " + o.Identity,
		Advice: connect.Advice{
			Absent: "start one with `perdure server`, or name another in Options.URL",
			Login:  "give credentials that this server accepts: Options.Credentials, or an option of NATS in Options.NATS",
		},
	}
	options := append(connect.Announce(o.Logger),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, time.Second),
	)
	return settings.Connect(append(options, o.NATS...)...)
}

// Close ends the client, and its connection unless that was given; calls under way and later ones fail with
// nats.ErrConnectionClosed. Stop its workers first. Closing twice is safe.
func (c *Client) Close() { c.close() }

// Conn is the connection that the client uses.
func (c *Client) Conn() *nats.Conn { return c.conn }

// Eager are the workers of this client, for package worker: starts with EnableEagerStart look for one there.
func (c *Client) Eager() *eager.Workers { return &c.eager }

// Options are what the client was made with, defaults filled in.
func (c *Client) Options() Options { return c.options }
