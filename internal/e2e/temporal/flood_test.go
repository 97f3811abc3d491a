package temporal

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/gateway/temporalgrpc"
	"github.com/perdure/perdure/sdk/temporalnats"
)

// door is a gRPC door of its own, with bounds of its own, to the shared server.
func door(t testing.TB, config temporalnats.Config, change ...func(*temporalgrpc.Config)) (address string) {
	t.Helper()
	conn, err := nats.Connect(shared(t).URL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	config.Conn = conn
	service, err := temporalnats.New(config)
	require.NoError(t, err)
	settings := temporalgrpc.Config{Listen: "127.0.0.1:0", Service: service, Connection: conn}
	for _, f := range change {
		f(&settings)
	}
	d, err := temporalgrpc.New(settings)
	require.NoError(t, err)
	require.NoError(t, d.Start(within(t)))
	t.Cleanup(func() {
		service.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, d.Stop(ctx))
	})
	return d.Addr()
}

// floodOfPolls polls a queue so many times at once. What is refused comes through the channel; giveUp ends the rest, and waits for that.
func floodOfPolls(t *testing.T, c workflowservice.WorkflowServiceClient, flood int) (refused <-chan error, giveUp func()) {
	t.Helper()
	queue, errs := "queue-"+uuid.NewString(), make(chan error, flood)
	var calls sync.WaitGroup
	waiting, end := context.WithCancel(within(t))
	for range flood {
		calls.Go(func() {
			if _, err := c.PollWorkflowTaskQueue(waiting, pollOf(queue)); status.Code(err) != codes.Canceled {
				errs <- err
			}
		})
	}
	return errs, func() {
		end()
		calls.Wait()
	}
}

// Polls beyond the bound are refused as ResourceExhausted, at once; other calls are served as ever, and so is a poll
// when another one has ended.
func TestFloodOfPolls(t *testing.T) {
	t.Parallel()
	const most, flood = 50, 300
	address := door(t, temporalnats.Config{MaxPolls: most})
	c, _ := raw(t, address)
	refused, giveUp := floodOfPolls(t, c, flood)
	for range flood - most {
		err := await(t, refused, "polls beyond the bound are not refused")
		var exhausted *serviceerror.ResourceExhausted
		require.ErrorAs(t, serviceerror.FromStatus(status.Convert(err)), &exhausted)
	}
	other := dial(t, client.Options{HostPort: address})
	run := begin(t, other, "nobody", "play")
	require.NoError(t, other.TerminateWorkflow(within(t), run.GetID(), "", ""))
	giveUp()
	require.Empty(t, refused)

	run = begin(t, other, gatherer(t, other), gathering, 0)
	require.Empty(t, resultOf[[]int](t, run))
}

// Polls beyond a namespace's bound are refused; a worker in another namespace works as ever.
func TestFloodOfPollsInOneNamespace(t *testing.T) {
	t.Parallel()
	const most, flood = 20, 100
	address := door(t, temporalnats.Config{}, func(c *temporalgrpc.Config) { c.MaxNamespacePolls = most })
	c, _ := raw(t, address)
	other := "ns-" + uuid.NewString()
	_, err := c.RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{
		Namespace: other, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	refused, giveUp := floodOfPolls(t, c, flood)
	defer giveUp()
	for range flood - most {
		err := await(t, refused, "polls beyond the namespace's bound are not refused")
		var exhausted *serviceerror.ResourceExhausted
		require.ErrorAs(t, serviceerror.FromStatus(status.Convert(err)), &exhausted)
		require.Equal(t, enumspb.RESOURCE_EXHAUSTED_SCOPE_NAMESPACE, exhausted.Scope)
	}
	elsewhere := dial(t, client.Options{HostPort: address, Namespace: other})
	require.Empty(t, resultOf[[]int](t, begin(t, elsewhere, gatherer(t, elsewhere), gathering, 0)))
	require.Empty(t, refused)
}

// Polls of ever other queues and namespaces that are refused leave nothing behind. It is not in parallel with others, since it
// counts goroutines.
func TestFloodOfNames(t *testing.T) {
	c, _ := raw(t, start(t).GRPCAddr())
	before := goroutines(t, inPull)
	for n := range 200 {
		poll := pollOf("q")
		poll.Namespace = fmt.Sprint("unheard-of-", n)
		_, err := c.PollWorkflowTaskQueue(within(t), poll)
		require.Equal(t, codes.NotFound, status.Code(err))
	}
	eventually(t, func() bool { return goroutines(t, inPull) == before }, "what was opened for refused polls stays")
}

// inPull is where what pulls for polls of a queue runs.
const inPull = "pull.(*Puller).Run"

// A flood of calls of one client is served, or refused with an error of its own; other clients are served meanwhile. It is
// not in parallel with others, which it would slow down.
func TestFloodOfCalls(t *testing.T) {
	s := start(t)
	flooding, _ := raw(t, s.GRPCAddr())
	flooded, stop := context.WithCancel(within(t))
	var calls sync.WaitGroup
	for range 200 {
		calls.Go(func() {
			for flooded.Err() == nil {
				_, err := flooding.DescribeNamespace(flooded, &workflowservice.DescribeNamespaceRequest{Namespace: client.DefaultNamespace})
				switch status.Code(err) {
				case codes.OK, codes.ResourceExhausted, codes.Canceled:
				default:
					t.Errorf("a call of the flood: %v", err)
					return
				}
			}
		})
	}
	c := dial(t, client.Options{HostPort: s.GRPCAddr()})
	queue := gatherer(t, c)
	for range 5 {
		require.Empty(t, resultOf[[]int](t, begin(t, c, queue, gathering, 0)))
	}
	stop()
	calls.Wait()
}
