package matching

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// patience bounds every wait; nothing is measured with it.
const patience = 30 * time.Second

var in = api.Incarnation{Namespace: "default", Number: 1}

// natsServer is an embedded server that can be stopped and started again at its port.
type natsServer struct {
	t       testing.TB
	running *natstest.Server
}

func startServer(t testing.TB, change ...func(*server.Options)) *natsServer {
	t.Helper()
	return &natsServer{t: t, running: natstest.Start(t, change...)}
}

func (n *natsServer) start() { n.running.Restart(n.t) }

func (n *natsServer) stop() { n.running.Stop() }

// emptied restarts the server with a TASKS in files that has lost what was in it.
func (n *natsServer) emptied() {
	n.t.Helper()
	n.stop()
	n.running.Empty(n.t, api.Names{}.TasksStream(in))
	n.start()
}

func (n *natsServer) connect(options ...nats.Option) *nats.Conn {
	n.t.Helper()
	options = append([]nats.Option{nats.ReconnectWait(10 * time.Millisecond), nats.MaxReconnects(-1), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})}, options...)
	conn, err := nats.Connect(n.running.ClientURL(), options...)
	require.NoError(n.t, err)
	n.t.Cleanup(conn.Close)
	return conn
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// open is a Matching with the namespace default, on the connection.
func open(t testing.TB, conn *nats.Conn, change ...func(*Config)) *Matching {
	t.Helper()
	config := Config{Conn: conn}
	for _, f := range change {
		f(&config)
	}
	m, err := New(config)
	require.NoError(t, err)
	require.NoError(t, m.Start(within(t)))
	t.Cleanup(func() { require.NoError(t, m.Stop(within(t))) })
	require.NoError(t, m.OpenNamespace(within(t), in))
	return m
}

func tasks(t testing.TB, conn *nats.Conn) jetstream.Stream {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	stream, err := js.Stream(within(t), api.Names{}.TasksStream(in))
	require.NoError(t, err)
	return stream
}

// settled waits until TASKS holds that many tasks.
func settled(t testing.TB, conn *nats.Conn, count int) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	have := uint64(0)
	require.Eventuallyf(t, func() bool {
		// A request of the moment when a server stops is never answered.
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		stream, err := js.Stream(ctx, api.Names{}.TasksStream(in))
		if err == nil {
			have = stream.CachedInfo().State.Msgs
		}
		return err == nil && have == uint64(count)
	}, patience, 2*time.Millisecond, "TASKS does not come to hold %d tasks", count)
}

// counted waits until the consumer of the workflow tasks, which nats-server tells of a task only after it is stored, has
// counted so many that nobody has taken.
func counted(t testing.TB, conn *nats.Conn, count int) {
	t.Helper()
	settled(t, conn, count)
	name := api.Names{}.TaskConsumer(enumspb.TASK_QUEUE_TYPE_WORKFLOW, queueName)
	require.Eventuallyf(t, func() bool {
		consumer, err := tasks(t, conn).Consumer(within(t), name)
		return err == nil && consumer.CachedInfo().NumPending == uint64(count)
	}, patience, 2*time.Millisecond, "the consumer does not come to count %d tasks", count)
}
