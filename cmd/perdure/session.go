package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/objects"
	"github.com/perdure/perdure/internal/rpc"
)

const (
	// unavailableTime is how long a server that is not there, or that recovers, is asked again. Requests
	// that change something have a request id or can be repeated.
	unavailableTime  = 2 * time.Second
	unavailablePause = 200 * time.Millisecond
)

// session is a client's connection for the time of one command.
type session struct {
	*global
	conn  *nats.Conn
	names api.Names
	// late says that a list was told to be behind, and that this was said.
	late bool
	// bucket is where large payloads are, once it was asked for.
	bucketOnce sync.Once
	bucket     *objects.Bucket
}

// connected runs a command with a session. The command ends as soon as NATS refuses a request or its answer, which NATS
// tells the connection and not who waits.
func (g *global) connected(ctx context.Context, do func(context.Context, *session) error) error {
	if err := api.CheckNamespace(g.Namespace); err != nil {
		return usageError{err}
	}
	settings := g.Connect
	settings.Name = "perdure command line"
	ctx, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	conn, err := settings.Connect(nats.MaxReconnects(-1), nats.ErrorHandler(func(c *nats.Conn, _ *nats.Subscription, report error) {
		if _, denied := rpc.Refused(report, rpc.InboxPrefix(c)); denied != nil {
			refuse(denied)
		}
	}))
	if err != nil {
		return err
	}
	defer conn.Close()
	err = do(ctx, &session{global: g, conn: conn, names: api.Names{Prefix: g.Prefix}})
	var denied *serviceerror.PermissionDenied
	if err != nil && errors.As(context.Cause(ctx), &denied) {
		return denied
	}
	return err
}

// call calls a client's method of the namespace.
func (s *session) call(ctx context.Context, method string, request, reply proto.Message) error {
	request, err := s.light(ctx, request)
	if err != nil {
		return err
	}
	if err := s.send(ctx, s.names.API(s.Namespace, method), request, reply); err != nil {
		return err
	}
	return s.whole(ctx, reply)
}

// admin calls a method about namespaces.
func (s *session) admin(ctx context.Context, method string, request, reply proto.Message) error {
	return s.send(ctx, s.names.Admin(method), request, reply)
}

func (s *session) send(ctx context.Context, subject string, request, reply proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Timeout))
	defer cancel()
	for began := time.Now(); ; {
		header, err := rpc.Ask(ctx, s.conn, subject, request, reply)
		s.warnLate(header)
		var unavailable *serviceerror.Unavailable
		if !errors.As(err, &unavailable) || time.Since(began) > unavailableTime {
			return err
		}
		select {
		case <-ctx.Done():
			return err // which says more than the context
		case <-time.After(unavailablePause):
		}
	}
}

// warnLate says that the server's index is behind, once.
func (s *session) warnLate(header nats.Header) {
	lag := header.Get(api.HeaderIndexLag)
	if lag == "" || s.late {
		return
	}
	s.late = true
	fmt.Fprintf(s.io.err, "The index of workflows is behind by %s: what happened since may be missing\n", lag)
}

// identity is who the histories say has done what is done here.
func identity() string {
	name := "unknown"
	if who, err := user.Current(); err == nil {
		name = who.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("perdure-cli:%s@%s", name, host)
}
