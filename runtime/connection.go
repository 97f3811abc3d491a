package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/internal/connect"
)

// ErrOldServer is wrapped by Start's error when the NATS server lacks what Perdure needs.
var ErrOldServer = errors.New("the NATS server is too old")

// oldest is the first release with atomic batches and a TTL per message.
const oldest = "2.12.0"

// connect makes the server's own connection. It returns the JetStream domain that
// the settings or a context name.
func (s *Server) connect(ctx context.Context) (domain string, err error) {
	settings := s.config.Connection
	settings.Name = "perdure server " + s.config.Owner
	target, err := settings.Resolve()
	if err != nil {
		return "", err
	}
	s.url = connect.Redact(target.URL)
	common := append(target.Options, reconnecting()...)
	if s.embedded != nil {
		s.url = s.embedded.url()
		common = append(common, s.embedded.inProcess())
	}
	s.again = func(ctx context.Context, name string) (*nats.Conn, error) {
		return s.dial(ctx, target.URL, append(slices.Clone(common), nats.Name(name)))
	}
	s.conn, err = s.dial(ctx, target.URL, append(slices.Clone(common), s.connectionOptions()...))
	if err != nil && s.embedded != nil {
		return "", loginError(err)
	}
	if err != nil {
		return "", connect.Explain(target.URL, err, connect.Advice{Absent: s.absent()})
	}
	return target.Domain, nil
}

// absent is what to do about an external NATS that is not there.
func (s *Server) absent() string {
	const hint = "start it, check the address, or leave out --nats-url and --context to embed a NATS server"
	if variable := s.config.Connection.Variable; variable != "" {
		return "start it or check the address; " + variable + " is set: unset it to embed a NATS server"
	}
	return hint
}

// dialPause lies between two attempts at a NATS that is not there.
const dialPause = 500 * time.Millisecond

// dial connects. An external NATS that is not there yet is waited for until ctx ends, with one line that
// says so.
func (s *Server) dial(ctx context.Context, url string, options []nats.Option) (*nats.Conn, error) {
	for told := false; ; told = true {
		conn, err := nats.Connect(url, options...)
		if err == nil || s.embedded != nil || !connect.MayComeUp(err) {
			return conn, err
		}
		if !told {
			s.config.Logger.Warn().Err(err).Str("url", connect.Redact(url)).
				Msg("NATS cannot be reached: waiting for it to come up: " + s.absent())
		}
		select {
		case <-ctx.Done():
			return nil, err // which says more than the context
		case <-time.After(dialPause):
		}
	}
}

// connectionOptions are those of the server's own connection, which says when it is lost and when it is back.
func (s *Server) connectionOptions() []nats.Option {
	return append(connect.Announce(s.config.Logger), nats.ClosedHandler(func(*nats.Conn) { close(s.closed) }))
}

// reconnecting keep a connection for as long as the server runs.
func reconnecting() []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(), // credentials may be renewed while the server runs
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nats.ReconnectBufSize(-1), // what cannot be sent now fails now: order matters
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(3),
	}
}

// checkVersion refuses servers before the oldest that Perdure runs on. A version that cannot be
// read is let pass: what is missing will show.
func checkVersion(version string) error {
	have, ok := parseVersion(version)
	want, _ := parseVersion(oldest)
	if !ok || have[0] > want[0] || have[0] == want[0] && have[1] >= want[1] {
		return nil
	}
	return fmt.Errorf("%w: it is %s: Perdure runs on %s and newer: upgrade it", ErrOldServer, version, oldest)
}

// ErrSmallPayload is wrapped by Start's error when the NATS server's max_payload is too small.
var ErrSmallPayload = errors.New("max_payload of the NATS server is too small")

// leastPayload has room for a page of history (512 KiB) and what goes with it.
const leastPayload = 640 << 10

func checkPayload(limit int64) error {
	if limit >= leastPayload {
		return nil
	}
	return fmt.Errorf("%w: it is %d bytes, and histories travel in pages of half a megabyte: set it to at least %d, or leave it at its default of 1MB", ErrSmallPayload, limit, leastPayload)
}

// parseVersion reads major and minor.
func parseVersion(version string) (parts [2]int, ok bool) {
	words := strings.SplitN(version, ".", 3)
	if len(words) < 2 {
		return parts, false
	}
	for i := range parts {
		n, err := strconv.Atoi(words[i])
		if err != nil {
			return parts, false
		}
		parts[i] = n
	}
	return parts, true
}
