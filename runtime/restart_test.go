package runtime

import (
	"context"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// A NATS that is stopped and started again under load costs time and nothing else.
func TestNATSRestartsUnderLoad(t *testing.T) {
	dir := t.TempDir()
	first := startNATS(t, &server.Options{JetStream: true, StoreDir: dir})
	url := first.ClientURL()
	_, port, err := splitListen(first.Addr().String())
	require.NoError(t, err)
	s, err := Start(t.Context(), external(url))
	require.NoError(t, err)
	l := startLoad(t, url, 300, 32, 1)
	<-l.effects.milestones[0]
	first.Shutdown()
	first.WaitForShutdown()
	startNATS(t, &server.Options{JetStream: true, StoreDir: dir, Port: port})
	l.finish(t)
	require.NoError(t, s.Stop(t.Context())) // before the test's end takes NATS away again
}

// A server that is stopped under load hands over to the next.
func TestServersTakeTurnsUnderLoad(t *testing.T) {
	natsServer := startNATS(t, &server.Options{JetStream: true, StoreDir: t.TempDir()})
	url := natsServer.ClientURL()
	s, err := Start(t.Context(), external(url))
	require.NoError(t, err)
	l := startLoad(t, url, 300, 32, 1)
	<-l.effects.milestones[0]
	require.NoError(t, s.Stop(context.Background()))
	begin(t, external(url))
	l.finish(t)
}
