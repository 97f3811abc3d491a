package runtime

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	add    = workflow.Declare[int, int]("Add")
	addOne = activity.Declare[int, int]("AddOne")
)

// adding takes two activities and, between them, a little time.
func adding(ctx workflow.Context, n int) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range 2 {
		var err error
		if n, err = workflow.ExecuteActivity(ctx, addOne, n).Get(ctx); err != nil {
			return 0, err
		}
		if err := workflow.Sleep(ctx, 20*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// begin starts a server that the test's end stops.
func begin(t *testing.T, config Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

// employ runs a worker, and returns a client, until the test's end.
func employ(t *testing.T, url string, implement func(context.Context, int) (int, error)) *client.Client {
	t.Helper()
	c, err := client.Connect(client.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w, err := worker.New(c, "q", worker.Options{})
	require.NoError(t, err)
	w.Register(add.Implement(adding), addOne.Implement(implement))
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
	return c
}

func plusOne(_ context.Context, n int) (int, error) { return n + 1, nil }

// runOne runs a workflow to its end.
func runOne(t *testing.T, c *client.Client, id string) {
	t.Helper()
	run, err := client.Start(t.Context(), c, add, 40, client.StartOptions{ID: id, TaskQueue: "q"})
	require.NoError(t, err)
	sum, err := run.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, 42, sum)
}

func TestServingOnAnEmbeddedNATS(t *testing.T) {
	s := begin(t, Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0"})
	runOne(t, employ(t, s.URL(), plusOne), "w")
}

func external(url string) Config {
	return Config{External: true, Connection: connect.Settings{URL: url}, Namespaces: []string{"default"}}
}

func TestServingOnANATSThatIsThere(t *testing.T) {
	natsServer := natstest.Start(t)
	s := begin(t, external(natsServer.ClientURL()))
	runOne(t, employ(t, s.URL(), plusOne), "w")
}

func TestTwoDeploymentsOnOneNATS(t *testing.T) {
	natsServer := natstest.Start(t)
	begin(t, external(natsServer.ClientURL()))
	other := external(natsServer.ClientURL())
	other.Prefix = "second"
	begin(t, other)
	for _, prefix := range []string{"", "second"} {
		c, err := client.Connect(client.Options{URL: natsServer.ClientURL(), Prefix: prefix})
		require.NoError(t, err)
		defer c.Close()
		_, err = client.Start(t.Context(), c, add, 1, client.StartOptions{ID: "same", TaskQueue: "q"})
		require.NoError(t, err)
	}
}

func TestANATSWithoutJetStream(t *testing.T) {
	natsServer := natstest.Start(t, func(o *server.Options) { o.JetStream = false })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := Start(ctx, external(natsServer.ClientURL()))
	require.ErrorIs(t, err, stream.ErrNotEnabled)
	require.ErrorContains(t, err, "jetstream")
}

func TestOldNATSServersAreRefused(t *testing.T) {
	require.ErrorIs(t, checkVersion("2.11.9"), ErrOldServer)
	require.ErrorIs(t, checkVersion("1.99.0"), ErrOldServer)
	for _, version := range []string{"2.12.0", "2.12.0-RC.1", "2.15.2", "3.0.0", "", "dev"} {
		require.NoError(t, checkVersion(version), version)
	}
}

func TestASmallPayloadIsRefused(t *testing.T) {
	natsServer := natstest.Start(t, func(o *server.Options) { o.MaxPayload = 64 << 10 })
	_, err := Start(t.Context(), external(natsServer.ClientURL()))
	require.ErrorIs(t, err, ErrSmallPayload)
}

func TestStoppingTwice(t *testing.T) {
	s, err := Start(t.Context(), Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
	<-s.Closed()
}

// Workflows go on where they were when a server is stopped and another started on its data.
func TestHandingOver(t *testing.T) {
	dir := natstest.Dir(t)
	first, err := Start(t.Context(), Config{DataDir: dir, Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	address := first.embedded.nats.Addr().String()
	reached, goOn := make(chan struct{}), make(chan struct{})
	c := employ(t, first.URL(), func(_ context.Context, n int) (int, error) {
		if n == 41 {
			close(reached)
			<-goOn
		}
		return n + 1, nil
	})
	run, err := client.Start(t.Context(), c, add, 40, client.StartOptions{ID: "w", TaskQueue: "q"})
	require.NoError(t, err)
	<-reached
	require.NoError(t, first.Stop(t.Context()))
	begin(t, Config{DataDir: dir, Listen: address})
	close(goOn)
	sum, err := run.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, 42, sum)
}

// A shard whose log is gone stops loudly, says to whoever asks what to do, and harms no other.
func TestALogThatIsGone(t *testing.T) {
	natsServer := natstest.Start(t)
	first, err := Start(t.Context(), external(natsServer.ClientURL()))
	require.NoError(t, err)
	require.NoError(t, first.Stop(t.Context()))

	conn, err := nats.Connect(natsServer.ClientURL())
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	names := api.Names{}
	log := names.LogStream(api.Incarnation{Namespace: "default", Number: 1}, 0)
	require.NoError(t, js.DeleteStream(t.Context(), log))

	second, err := Start(t.Context(), external(natsServer.ClientURL()))
	require.NoError(t, err)
	served, refused := 0, 0
	for i := range 16 {
		err := rpc.Call(t.Context(), conn, names.API("default", "StartWorkflowExecution"), &workflowservice.StartWorkflowExecutionRequest{
			WorkflowId: strconv.Itoa(i), WorkflowType: &commonpb.WorkflowType{Name: "T"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "q"}, RequestId: "r",
		}, &workflowservice.StartWorkflowExecutionResponse{})
		if err == nil {
			served++
			continue
		}
		refused++
		require.ErrorContains(t, err, log)
		require.ErrorContains(t, err, "restore it from a backup")
	}
	require.Positive(t, served)
	require.Positive(t, refused)
	require.NoError(t, second.Stop(t.Context()))
}
