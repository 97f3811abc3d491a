package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// patience is what no step of a test may take.
const patience = 90 * time.Second

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for what gives no signal.
func eventually(t testing.TB, condition func() bool, message string, args ...any) {
	t.Helper()
	require.Eventually(t, condition, patience, 20*time.Millisecond, append([]any{message}, args...)...)
}

// connection is one that finds the server again soon.
func connection(t testing.TB, url string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.RetryOnFailedConnect(true),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // that it breaks is what the tests are about
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

func jetStream(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(connection(t, url))
	require.NoError(t, err)
	return js
}

func connectClient(t testing.TB, url string) *client.Client {
	t.Helper()
	c, err := client.Connect(client.Options{Conn: connection(t, url), Identity: "tester"})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

const queue = "journeys"

// startWorker starts a worker that is stopped after the test.
func startWorker(t testing.TB, c *client.Client, o worker.Options, implementations ...worker.Implementation) *worker.Worker {
	t.Helper()
	w, err := worker.New(c, queue, o)
	require.NoError(t, err)
	w.Register(implementations...)
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
	return w
}

// local is a server within the test.
type local struct {
	*runtime.Server
	log *logtest.Lines
}

// startLocal starts a server that is stopped after the test.
func startLocal(t testing.TB, config runtime.Config) local {
	t.Helper()
	log := &logtest.Lines{}
	config.Logger = zerolog.New(log).Level(zerolog.WarnLevel)
	s, err := runtime.Start(within(t), config)
	require.NoError(t, err)
	l := local{s, log}
	t.Cleanup(func() {
		l.stop(t)
		if t.Failed() {
			t.Logf("the server's log ends with:\n%s", log.Tail(4000))
		}
	})
	return l
}

// stop is safe to be called twice.
func (l local) stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, l.Stop(ctx))
}

// on is the configuration of a server on a NATS that is there.
func on(url string, tuning runtime.Tuning) runtime.Config {
	return runtime.Config{
		External: true, Connection: connect.Settings{URL: url}, Namespaces: []string{runtime.DefaultNamespace}, Tuning: tuning,
	}
}

// The names of a namespace that was made once.
var (
	names = api.Names{}
	first = api.Incarnation{Namespace: runtime.DefaultNamespace, Number: 1}
)
