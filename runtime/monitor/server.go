package monitor

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// Config is what a Server needs. The listener is the server's from then on.
type Config struct {
	Listener             net.Listener
	Version, NATSVersion string
	Logger               zerolog.Logger
}

const (
	// timeout is how long a request may take to come, and its answer to go.
	timeout = 10 * time.Second
	// idleTimeout is how long a connection is kept for the next request.
	idleTimeout = 2 * time.Minute
	// mostScrapes are answered at a time; more are refused.
	mostScrapes = 4
)

// Server answers from Start to Stop.
type Server struct {
	config  Config
	http    *http.Server
	sources atomic.Pointer[Sources]
	phase   atomic.Value // of string: a status, as long as nothing is amiss

	served  chan struct{} // closed when no connection is taken any more; nil before Start
	stop    sync.Once
	stopErr error
}

// New makes a server that says that all is starting.
func New(config Config) *Server {
	s := &Server{config: config}
	s.phase.Store(StatusStarting)
	scrape := promhttp.HandlerFor(newRegistry(s), promhttp.HandlerOpts{MaxRequestsInFlight: mostScrapes, ErrorLog: lines{config.Logger}})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", scrape)
	mux.HandleFunc("GET /healthz", s.answerHealth)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "/metrics\n/healthz") })
	s.http = &http.Server{
		Handler: mux, ReadTimeout: timeout, WriteTimeout: timeout, IdleTimeout: idleTimeout, ErrorLog: log.New(lines{config.Logger}, "", 0),
	}
	return s
}

func (s *Server) status() string { return s.phase.Load().(string) }

// Watch has it tell of the sources from now on.
func (s *Server) Watch(sources Sources) { s.sources.Store(&sources) }

// Serving says that requests are answered.
func (s *Server) Serving() { s.phase.Store(StatusServing) }

// Stopping says that the server ends, as /healthz does from then on.
func (s *Server) Stopping() { s.phase.Store(StatusStopping) }

// Start serves; the listener takes connections already. A Server is started once.
func (s *Server) Start(context.Context) error {
	if s.served != nil {
		return errors.New("monitor: started twice")
	}
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		if err := s.http.Serve(s.config.Listener); !errors.Is(err, http.ErrServerClosed) {
			s.config.Logger.Error().Err(err).Msg("metrics and health are served no more; workflows go on")
		}
	}()
	return nil
}

// Addr is the host:port where it listens.
func (s *Server) Addr() string { return s.config.Listener.Addr().String() }

// Stop closes the listener and all connections. What is not answered when ctx ends is cut. A second Stop waits for the first and
// returns the same.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		if s.stopErr = s.http.Shutdown(ctx); s.stopErr != nil {
			s.stopErr = fmt.Errorf("monitor: requests in flight are cut: %w", errors.Join(s.stopErr, s.http.Close()))
		}
		if s.served != nil {
			<-s.served
		} else {
			s.stopErr = errors.Join(s.stopErr, s.config.Listener.Close())
		}
	})
	return s.stopErr
}

// lines are what net/http and Prometheus's client say, of a client's bad request for one.
type lines struct{ logger zerolog.Logger }

func (l lines) Write(line []byte) (int, error) {
	l.logger.Debug().Msg(strings.TrimSpace(string(line)))
	return len(line), nil
}

// Println is for promhttp, which tells of metrics that cannot be collected.
func (l lines) Println(words ...any) { l.logger.Warn().Msg(strings.TrimSpace(fmt.Sprintln(words...))) }
