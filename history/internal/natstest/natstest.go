// Package natstest runs nats-servers with JetStream for the tests of history's
// storage. Only tests import it.
package natstest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

const ready = 20 * time.Second

// Server is one nats-server with its files in a directory of the test's.
type Server struct {
	*server.Server
	options *server.Options
}

// Start runs a server until the test ends.
func Start(t testing.TB, configure ...func(*server.Options)) *Server {
	t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true}
	for _, f := range configure {
		f(options)
	}
	s := &Server{options: options}
	s.start(t)
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) start(t testing.TB) {
	t.Helper()
	var err error
	s.Server, err = server.NewServer(s.options)
	require.NoError(t, err)
	s.Server.Start()
	require.True(t, s.ReadyForConnections(ready), "nats-server is not ready")
}

// Stop ends the server and waits for it.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}

// Restart starts a stopped server again, at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.start(t)
}

// Address keeps the port, for Restart.
func (s *Server) Address() string {
	url := s.ClientURL()
	_, _ = fmt.Sscanf(url, "nats://127.0.0.1:%d", &s.options.Port)
	return url
}

// Connect is a JetStream context over TCP, closed when the test ends.
func (s *Server) Connect(t testing.TB, options ...nats.Option) jetstream.JetStream {
	t.Helper()
	options = append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(10 * time.Millisecond)}, options...)
	conn, err := nats.Connect(s.Address(), options...)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

// InProcess is the option that connects without TCP.
func (s *Server) InProcess() nats.Option { return nats.InProcessServer(s.Server) }

// Cluster runs servers that make one JetStream cluster, until the test ends.
func Cluster(t testing.TB, size int, configure ...func(*server.Options)) []*Server {
	t.Helper()
	servers := make([]*Server, size)
	var routes []string
	for i := range servers {
		servers[i] = Start(t, append(configure, func(o *server.Options) {
			o.ServerName = fmt.Sprintf("s%d", i+1)
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: -1}
			o.Routes = server.RoutesFromStr(strings.Join(routes, ","))
		})...)
		routes = append(routes, "nats-route://"+servers[i].ClusterAddr().String())
	}
	require.Eventually(t, func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == size {
				return true
			}
		}
		return false
	}, ready, 10*time.Millisecond, "the cluster has no leader")
	return servers
}
