package runtime

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
)

// A NATS that is not there yet is waited for, and one line says so.
func TestANATSThatComesUpLater(t *testing.T) {
	natsServer := natstest.Start(t)
	config := external(natsServer.ClientURL())
	natsServer.Stop()
	log := &logtest.Lines{}
	config.Logger = zerolog.New(log)
	config.StartTimeout = time.Hour
	type outcome struct {
		server *Server
		err    error
	}
	started := make(chan outcome, 1)
	go func() {
		s, err := Start(t.Context(), config)
		started <- outcome{s, err}
	}()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "waiting for it to come up") }, 30*time.Second, time.Millisecond)
	natsServer.Restart(t)
	got := <-started
	require.NoError(t, got.err)
	require.Equal(t, 1, strings.Count(log.String(), "\n"), "%s", log)
	require.NoError(t, got.server.Stop(t.Context()))
}

func TestANATSThatDoesNotComeUp(t *testing.T) {
	config := external("nats://127.0.0.1:1")
	config.StartTimeout = time.Millisecond
	_, err := Start(t.Context(), config)
	require.ErrorIs(t, err, nats.ErrNoServers)
	require.ErrorContains(t, err, "--nats-url")
}

// What is known to be wrong is not waited for.
func TestCredentialsThatAreRefused(t *testing.T) {
	natsServer := natstest.Start(t, func(o *server.Options) { o.Username, o.Password = "u", "p" })
	config := external(natsServer.ClientURL())
	config.Connection.User, config.Connection.Password = "u", "wrong"
	config.StartTimeout = time.Hour
	_, err := Start(t.Context(), config)
	require.ErrorIs(t, err, nats.ErrAuthorization)
	require.ErrorContains(t, err, "--creds")
	require.NotContains(t, err.Error(), "wrong")
}

func TestAnAccountThatMayHaveFewStreams(t *testing.T) {
	for most, first := range map[int]string{3: "LOG_2", 7: "perdure-payloads", 8: "TASKS"} {
		natsServer := natstest.Start(t)
		require.NoError(t, natsServer.GlobalAccount().UpdateJetStreamLimits(map[string]server.JetStreamAccountLimits{
			"": {MaxMemory: -1, MaxStore: -1, MaxStreams: most, MaxConsumers: -1, MaxAckPending: -1, MemoryMaxStreamBytes: -1, StoreMaxStreamBytes: -1},
		}))
		_, err := Start(t.Context(), external(natsServer.ClientURL()))
		require.ErrorContains(t, err, first)
		require.ErrorContains(t, err, "max_streams")
	}
}

func TestJetStreamWithoutALeader(t *testing.T) {
	servers := natstest.Cluster(t, 3)
	for _, s := range servers[1:] {
		s.Stop()
	}
	config := external(servers[0].ClientURL())
	config.StartTimeout = 100 * time.Millisecond
	_, err := Start(t.Context(), config)
	require.ErrorContains(t, err, "has a leader")
	require.NotErrorIs(t, err, stream.ErrNotEnabled)
}

// A data folder that takes no more: no shard could begin, so that waiting would be in vain.
func TestAStoreThatIsFull(t *testing.T) {
	dir := natstest.Dir(t)
	first := embed(t, dir)
	js := connectTo(t, first)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "KEPT", Subjects: []string{"kept"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "kept", make([]byte, 1<<10))
	require.NoError(t, err)
	js.Conn().Close()
	require.NoError(t, first.stop())

	file := filepath.Join(t.TempDir(), "nats.conf")
	require.NoError(t, os.WriteFile(file, []byte("jetstream { max_file_store: 1000 }"), 0o600))
	_, err = startEmbedded(t.Context(), Config{NATSConfig: file, DataDir: dir, Listen: "127.0.0.1:0"})
	require.ErrorIs(t, err, ErrDiskFull)
	require.ErrorContains(t, err, "free disk space")
	require.NoError(t, embed(t, dir).stop(), "the failed start let the folder go")
}
