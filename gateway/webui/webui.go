package webui

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// headTimeout is how long a client may take to send the head of a request, so that slow ones cannot pile up.
	headTimeout = 10 * time.Second
	// idleTimeout is how long a connection is kept for the next request.
	idleTimeout = 2 * time.Minute
)

// UI serves the pages from Start to Stop.
type UI struct {
	config Config
	conn   *grpc.ClientConn
	server *http.Server
	end    context.CancelFunc // of the requests' contexts
	served chan struct{}      // closed when no connection is taken any more; nil before Start

	stop    sync.Once
	stopErr error
}

// New checks the configuration and serves nothing yet.
func New(config Config) (*UI, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	conn, err := connectionTo(config.Service)
	if err != nil {
		return nil, fmt.Errorf("webui: %w", err)
	}
	handler, err := newHandler(config.settings(), conn, config.Logger)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	requests, end := context.WithCancel(context.Background())
	return &UI{
		config: config,
		conn:   conn,
		end:    end,
		server: &http.Server{
			Handler:           ownHosts(config.Hosts, handler),
			ReadHeaderTimeout: headTimeout,
			IdleTimeout:       idleTimeout,
			BaseContext:       func(net.Listener) context.Context { return requests },
			ErrorLog:          log.New(debugLog{config.Logger}, "", 0),
		},
	}, nil
}

// connectionTo is service as the type that Temporal's routes take. It never dials: its interceptor has the service answer.
func connectionTo(service grpc.ClientConnInterface) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///in-process",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, request, reply any, _ *grpc.ClientConn, _ grpc.UnaryInvoker, options ...grpc.CallOption) error {
			return service.Invoke(ctx, method, request, reply, options...)
		}),
	)
}

// Start serves; the listener takes connections already. A UI is started once.
func (u *UI) Start(context.Context) error {
	if u.served != nil {
		return errors.New("webui: started twice")
	}
	u.served = make(chan struct{})
	go func() {
		defer close(u.served)
		if err := u.server.Serve(u.config.Listener); !errors.Is(err, http.ErrServerClosed) {
			u.config.Logger.Error().Err(err).Msg("the Web UI is served no more; workflows go on")
		}
	}()
	return nil
}

// URL is where browsers on this machine find the pages.
func (u *UI) URL() string {
	address := u.config.Listener.Addr().String()
	if tcp, is := u.config.Listener.Addr().(*net.TCPAddr); is && tcp.IP.IsUnspecified() {
		address = net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return "http://" + address
}

// Stop ends the requests in flight, of which some wait for a workflow's next event, and closes the listener and all
// connections. What is not answered when ctx ends is cut. A second Stop waits for the first and returns the same.
func (u *UI) Stop(ctx context.Context) error {
	u.stop.Do(func() { u.stopErr = u.stopAll(ctx) })
	return u.stopErr
}

func (u *UI) stopAll(ctx context.Context) error {
	u.end()
	err := u.server.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("webui: requests in flight are cut: %w", errors.Join(err, u.server.Close()))
	}
	if u.served != nil {
		<-u.served
	} else {
		err = errors.Join(err, u.config.Listener.Close())
	}
	return errors.Join(err, u.conn.Close())
}

// debugLog takes what net/http says of a client's bad request.
type debugLog struct{ logger zerolog.Logger }

func (d debugLog) Write(line []byte) (int, error) {
	d.logger.Debug().Msg(strings.TrimSpace(string(line)))
	return len(line), nil
}
