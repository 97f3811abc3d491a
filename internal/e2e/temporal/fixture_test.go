package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.uber.org/goleak"

	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/temporalnats"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
	)
}

// patience is what no step of a test may take.
const patience = 60 * time.Second

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// server is one within the test.
type server struct {
	*runtime.Server
	log *testLog
}

// testLog shows the server's log when the test has failed.
type testLog struct{ t testing.TB }

func (l *testLog) Write(line []byte) (int, error) {
	l.t.Logf("server: %s", line)
	return len(line), nil
}

// start starts a server with a gRPC door that is stopped after the test.
func start(t testing.TB, change ...func(*runtime.Config)) *server {
	t.Helper()
	config := runtime.Config{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", SyncInterval: time.Minute,
		GRPC:   runtime.GRPC{Listen: "127.0.0.1:0"},
		Logger: zerolog.New(&testLog{t}).Level(zerolog.WarnLevel),
	}
	for _, f := range change {
		f(&config)
	}
	s, err := runtime.Start(within(t), config)
	require.NoError(t, err)
	stop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Stop(ctx))
	}
	t.Cleanup(stop)
	return &server{Server: s}
}

// ways are how a client of Temporal's SDK reaches a server.
var ways = map[string]func(t testing.TB, s *server) client.Options{
	"grpc": func(_ testing.TB, s *server) client.Options { return client.Options{HostPort: s.GRPCAddr()} },
	"nats": func(t testing.TB, s *server) client.Options {
		conn, err := nats.Connect(s.URL())
		require.NoError(t, err)
		t.Cleanup(conn.Close)
		over, err := temporalnats.New(temporalnats.Config{Conn: conn})
		require.NoError(t, err)
		t.Cleanup(over.Close)
		return client.Options{HostPort: "passthrough:///nats", ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()}}
	},
}

// eachWay runs a test over gRPC and over NATS.
func eachWay(t *testing.T, test func(t *testing.T, c client.Client)) {
	s := start(t)
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { test(t, dial(t, way(t, s))) })
	}
}

func dial(t testing.TB, options client.Options) client.Client {
	t.Helper()
	options.Logger = quiet{}
	c, err := client.DialContext(within(t), options)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// startWorker starts a worker of a queue of its own, which is stopped after the test.
func startWorker(t testing.TB, c client.Client, options worker.Options, register func(worker.Worker)) (queue string) {
	t.Helper()
	queue = "queue-" + uuid.NewString()
	w := workerOf(t, c, queue, options, register)
	t.Cleanup(w.Stop)
	return queue
}

// workerOf starts a worker.
func workerOf(t testing.TB, c client.Client, queue string, options worker.Options, register func(worker.Worker)) worker.Worker {
	t.Helper()
	w := worker.New(c, queue, options)
	register(w)
	require.NoError(t, w.Start())
	return w
}

// quiet drops the SDK's log.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
