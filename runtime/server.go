package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/runtime/monitor"
)

// NATSVersion is the version of the nats-server that is embedded.
const NATSVersion = server.VERSION

// Server is a running server: NATS, where it is embedded, and Perdure on it.
type Server struct {
	config   Config
	url      string
	grpcAddr string
	uiURL    string
	// namespaced says that there was a namespace at the start.
	namespaced bool
	embedded   *embedded       // nil on an external deployment
	monitor    *monitor.Server // nil when metrics are not served
	conn       *nats.Conn
	// again makes a further connection of that name.
	again func(ctx context.Context, name string) (*nats.Conn, error)
	parts []part // in the order in which they were started

	closed  chan struct{} // closed when the connection is given up for good
	stop    sync.Once
	stopErr error
}

// part is one of the things that a server is made of.
type part struct {
	name string
	stop func(context.Context) error
}

// Start starts a server. When it returns, requests are answered. ctx limits the start
// only, and so does Config.StartTimeout; Stop ends the server. Whatever was started is stopped again when the
// start fails.
//
// Errors wrap ErrPortTaken, ErrFolderInUse, ErrDiskFull, ErrOldServer, stream.ErrNotEnabled,
// stream.ErrMissing or what NATS says, with what to do about it.
func Start(ctx context.Context, config Config) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.Owner == "" {
		config.Owner = processName()
	}
	s := &Server{config: config, closed: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop(ctx))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	if !s.config.External {
		var err error
		if s.embedded, err = startEmbedded(ctx, s.config); err != nil {
			return err
		}
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(s.config.StartTimeout, DefaultStartTimeout))
	defer cancel()
	domain, err := s.connect(limited)
	if err != nil {
		return err
	}
	if err := checkVersion(s.conn.ConnectedServerVersion()); err != nil {
		return err
	}
	if err := checkPayload(s.conn.MaxPayload()); err != nil {
		return err
	}
	return s.compose(ctx, limited, domain)
}

// add starts a part and remembers how to stop it.
func (s *Server) add(ctx context.Context, name string, start, stop func(context.Context) error) error {
	if err := start(ctx); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	s.parts = append(s.parts, part{name, stop})
	return nil
}

// URL is where NATS clients connect. It holds no secret.
func (s *Server) URL() string { return s.url }

// Closed is closed when the server can serve no more: its connection to NATS was given up.
func (s *Server) Closed() <-chan struct{} { return s.closed }

// Stop ends the parts in the order in which they depend on each other: no more
// requests come in, shards are handed in, tasks are no longer queued; then the connection and
// the embedded NATS. What is not done when ctx ends, or when NATS has been out of reach for a second, is left
// as a crash would leave it: nothing acknowledged is lost. A second Stop waits for the first and returns the same.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() { s.stopErr = s.stopAll(ctx) })
	return s.stopErr
}

// downTime is how long NATS may be out of reach before a stop gives up what is in flight, and then how
// long the parts have to end.
const downTime = time.Second

func (s *Server) stopAll(ctx context.Context) error {
	if s.monitor != nil {
		s.monitor.Stopping()
	}
	var errs []error
	if s.conn != nil {
		errs = append(errs, s.stopConnected(ctx))
	}
	if s.embedded != nil {
		errs = append(errs, s.embedded.stop())
	}
	return errors.Join(errs...)
}

// stopConnected stops the parts, and then closes the connection; the other way round when NATS cannot be reached.
func (s *Server) stopConnected(ctx context.Context) error {
	up, cancel := connect.WhileUp(ctx, s.conn, downTime)
	defer cancel()
	err := s.stopParts(up)
	down := err != nil && connect.IsDown(up)
	if down {
		s.config.Logger.Warn().Msg("NATS cannot be reached: requests and tasks in flight are abandoned; what was acknowledged goes on with the next start")
	}
	s.conn.Close()
	<-s.closed
	if down {
		ctx, cancel := context.WithTimeout(ctx, downTime)
		defer cancel()
		err = s.stopParts(ctx) // what waits for NATS ends now
	}
	return err
}

// stopParts stops the last first. Stopping one twice is safe.
func (s *Server) stopParts(ctx context.Context) error {
	var errs []error
	for i := len(s.parts) - 1; i >= 0; i-- {
		if err := stopPart(ctx, s.parts[i].stop); err != nil {
			errs = append(errs, fmt.Errorf("stopping %s: %w", s.parts[i].name, err))
		}
	}
	return errors.Join(errs...)
}

// stopPart leaves half of the time to the parts behind it.
func stopPart(ctx context.Context, stop func(context.Context) error) error {
	if deadline, has := ctx.Deadline(); has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	return stop(ctx)
}

// processName tells processes apart, and one life of a process from the next.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), uuid.NewString())
}
