// Package natstest runs nats-servers for tests. Only tests import it.
//
//	natstest.go    one server, which can be stopped and started again
//	configured.go  options from parts of a configuration file
//	cluster.go     servers that make one JetStream cluster
//	dir.go         folders for files
//	leaks.go       no goroutine is left behind
package natstest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
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

// Start runs a server with JetStream, at a free port, until the test ends.
func Start(t testing.TB, configure ...func(*server.Options)) *Server {
	t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: Dir(t), NoLog: true, NoSigs: true}
	for _, f := range configure {
		f(options)
	}
	s := &Server{options: options}
	s.start(t)
	t.Cleanup(s.Stop)
	return s
}

// start has the server fill in its options, with the ports that it takes: once started again it
// listens where it did.
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

// Restart starts a stopped server again, at the same address and on the same files.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.start(t)
}

// Empty takes the messages of a stream in files from a stopped server: once started again it has the
// stream as it was made, empty.
func (s *Server) Empty(t testing.TB, stream string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(s.options.StoreDir, "jetstream", "*", "streams", stream, "msgs"))
	require.NoError(t, err)
	require.Len(t, found, 1, "the files of the stream %s", stream)
	require.NoError(t, os.RemoveAll(found[0]))
}

// LeafURL is where leaf nodes connect, when the options say that they may.
func (s *Server) LeafURL() *url.URL {
	return &url.URL{Scheme: "nats-leaf", Host: fmt.Sprintf("127.0.0.1:%d", s.options.LeafNode.Port)}
}

// Connect is a JetStream context over TCP, closed when the test ends.
func (s *Server) Connect(t testing.TB, options ...nats.Option) jetstream.JetStream {
	t.Helper()
	options = append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(10 * time.Millisecond)}, options...)
	conn, err := nats.Connect(s.ClientURL(), options...)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

// InProcess is the option that connects without TCP.
func (s *Server) InProcess() nats.Option { return nats.InProcessServer(s.Server) }
