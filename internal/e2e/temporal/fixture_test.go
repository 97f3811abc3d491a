package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/sdk/temporalnats"
)

// patience is what no step of a test may take.
const patience = 60 * time.Second

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// mostPayload is what a payload may have on either way: over gRPC it is a message's limit.
const mostPayload = 4 << 20

// ways are how a client of Temporal's SDK reaches a server.
var ways = map[string]func(t testing.TB, s *server) client.Options{
	"grpc": func(_ testing.TB, s *server) client.Options { return client.Options{HostPort: s.GRPCAddr()} },
	"nats": func(t testing.TB, s *server) client.Options {
		conn, err := nats.Connect(s.URL())
		require.NoError(t, err)
		t.Cleanup(conn.Close)
		over, err := temporalnats.New(temporalnats.Config{Conn: conn, PayloadLimit: mostPayload})
		require.NoError(t, err)
		t.Cleanup(over.Close)
		return client.Options{HostPort: "passthrough:///nats", ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()}}
	},
}

// eachWay runs a test over gRPC and over NATS, on the server that all tests share.
func eachWay(t *testing.T, test func(t *testing.T, c client.Client)) {
	eachWayWith(t, client.Options{}, test)
}

// eachWayWith is eachWay for clients with options of their own.
func eachWayWith(t *testing.T, options client.Options, test func(t *testing.T, c client.Client)) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached := way(t, shared(t))
			options := options
			options.HostPort, options.ConnectionOptions = reached.HostPort, reached.ConnectionOptions
			test(t, dial(t, options))
		})
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
	options.WorkerStopTimeout = patience // for what its activities still say
	w := worker.New(c, queue, options)
	register(w)
	require.NoError(t, w.Start())
	return w
}

// begin starts a workflow, by function or name.
func begin(t testing.TB, c client.Client, queue string, flow any, args ...any) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue}, flow, args...)
	require.NoError(t, err)
	return run
}

// resultOf waits for a workflow's result.
func resultOf[T any](t testing.TB, run client.WorkflowRun) T {
	t.Helper()
	var result T
	require.NoError(t, run.Get(within(t), &result))
	return result
}

// startWorkerOf starts a worker of a queue of its own, which has one workflow, called play, and these activities.
func startWorkerOf(t testing.TB, c client.Client, flow any, activities ...any) (queue string) {
	t.Helper()
	return startWorker(t, c, worker.Options{}, func(w worker.Worker) {
		w.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: "play"})
		for _, a := range activities {
			w.RegisterActivity(a)
		}
	})
}

// play runs a workflow to its end, on a worker of its own that has these activities too.
func play[T any](t testing.TB, c client.Client, flow func(workflow.Context) (T, error), activities ...any) (T, error) {
	t.Helper()
	var result T
	err := begin(t, c, startWorkerOf(t, c, flow, activities...), "play").Get(within(t), &result)
	return result, err
}

// eventually waits for what gives no signal.
func eventually(t testing.TB, condition func() bool, message string) {
	t.Helper()
	require.Eventually(t, condition, patience, 10*time.Millisecond, message)
}

// await waits for a signal.
func await[T any](t testing.TB, signal <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-signal:
		return v
	case <-within(t).Done():
		require.Fail(t, what)
		panic("unreachable")
	}
}

// quiet drops the SDK's log.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
