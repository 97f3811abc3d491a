package worker

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const queue = "orders.eu" // its token is escaped

type order struct {
	ID    string
	Items int
}

type receipt struct{ Text string }

var (
	checkout = workflow.Declare[order, receipt]("Checkout")
	charge   = activity.Declare[order, string]("Charge")
	approve  = workflow.DeclareSignal[string]("approve")
	status   = workflow.DeclareQuery[string, string]("status")
)

// fixture is a server, the test's service on it, and a client.
type fixture struct {
	server  *natstest.Server
	service *servicetest.Service
	client  *client.Client
}

func newFixture(t testing.TB, change ...func(*server.Options)) fixture {
	t.Helper()
	f := fixture{server: natstest.Start(t, change...)}
	f.service = newService(t, f.server.ClientURL())
	var err error
	f.client, err = client.Connect(client.Options{URL: f.server.ClientURL(), Identity: "tester", PayloadThreshold: -1})
	require.NoError(t, err)
	t.Cleanup(f.client.Close)
	return f
}

func newService(t testing.TB, url string) *servicetest.Service {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	service, err := servicetest.Start(conn)
	require.NoError(t, err)
	t.Cleanup(func() {
		service.Stop()
		conn.Close()
	})
	return service
}

// worker starts a worker that is stopped after the test.
func (f fixture) worker(t testing.TB, o Options, implementations ...Implementation) *Worker {
	t.Helper()
	w, err := New(f.client, queue, o)
	require.NoError(t, err)
	w.Register(implementations...)
	require.NoError(t, w.Start())
	t.Cleanup(func() {
		require.NoError(t, w.Stop())
		require.Equal(t, w.workflowSlots.Limit(), w.workflowSlots.Free(), "a slot is lost")
		require.Equal(t, w.activitySlots.Limit(), w.activitySlots.Free(), "a slot is lost")
		require.Empty(t, w.localSlots, "a slot is lost")
	})
	return w
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-within(t).Done():
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
