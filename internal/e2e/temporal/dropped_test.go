package temporal

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"
)

// raw is a client without the SDK's retries, and its connection.
func raw(t testing.TB, address string) (workflowservice.WorkflowServiceClient, *net.TCPConn) {
	t.Helper()
	var conn net.Conn
	c, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry(),
		grpc.WithContextDialer(func(ctx context.Context, address string) (opened net.Conn, err error) {
			if conn != nil {
				return nil, fmt.Errorf("the connection to %s was dropped", address)
			}
			conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
			return conn, err
		}))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	service := workflowservice.NewWorkflowServiceClient(c)
	_, err = service.GetSystemInfo(within(t), &workflowservice.GetSystemInfoRequest{})
	require.NoError(t, err)
	return service, conn.(*net.TCPConn)
}

// goroutines are how many there are in that function.
func goroutines(t testing.TB, function string) int {
	t.Helper()
	var stacks bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&stacks, 2))
	return bytes.Count(stacks.Bytes(), []byte(function+"("))
}

// Where goroutines of calls to the server wait.
const (
	inPoll    = "temporalnats.(*Conn).poll"
	inHandler = "temporalgrpc.(*Server).call"
)

func pollOf(queue string) *workflowservice.PollWorkflowTaskQueueRequest {
	return &workflowservice.PollWorkflowTaskQueueRequest{Namespace: client.DefaultNamespace, TaskQueue: &taskqueuepb.TaskQueue{Name: queue}, Identity: "tester"}
}

func activityPollOf(queue string) *workflowservice.PollActivityTaskQueueRequest {
	return &workflowservice.PollActivityTaskQueueRequest{Namespace: client.DefaultNamespace, TaskQueue: &taskqueuepb.TaskQueue{Name: queue}, Identity: "tester"}
}

// A client opens 500 long polls, and its connection drops: nothing of them is left, and a task that is queued then goes to
// a poll that is there. It is not in parallel with others, since it counts goroutines.
func TestDroppedPolls(t *testing.T) {
	s := start(t)
	queue := "queue-" + uuid.NewString()
	live, _ := raw(t, s.GRPCAddr())
	started, err := live.StartWorkflowExecution(within(t), startRequest(client.DefaultNamespace, "waited-for"))
	require.NoError(t, err)

	dropped, conn := raw(t, s.GRPCAddr())
	var calls sync.WaitGroup
	drop := func() {
		require.NoError(t, conn.SetLinger(0)) // as when the client's machine is gone
		require.NoError(t, conn.Close())
		calls.Wait()
	}
	const each = 200
	for range each {
		calls.Go(func() { _, _ = dropped.PollWorkflowTaskQueue(within(t), pollOf(queue)) })
		calls.Go(func() {
			_, _ = dropped.PollActivityTaskQueue(within(t), activityPollOf(queue))
		})
	}
	for range each / 2 {
		calls.Go(func() {
			_, _ = dropped.GetWorkflowExecutionHistory(within(t), &workflowservice.GetWorkflowExecutionHistoryRequest{
				Namespace: client.DefaultNamespace, WaitNewEvent: true, HistoryEventFilterType: enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
				Execution: &commonpb.WorkflowExecution{WorkflowId: "waited-for", RunId: started.GetRunId()},
			})
		})
	}
	eventually(t, func() bool { return goroutines(t, inPoll) == 2*each && goroutines(t, inHandler) == 2*each+each/2 }, "the polls do not come in")

	task := make(chan *workflowservice.PollWorkflowTaskQueueResponse, 1)
	go func() {
		reply, err := live.PollWorkflowTaskQueue(within(t), pollOf(queue))
		if err != nil {
			t.Errorf("the poll that is there: %v", err)
		}
		task <- reply
	}()
	eventually(t, func() bool { return goroutines(t, inPoll) == 2*each+1 }, "the last poll does not come in")
	drop()
	eventually(t, func() bool { return goroutines(t, inPoll) == 1 && goroutines(t, inHandler) == 1 }, "calls of a client that is gone go on")

	request := startRequest(client.DefaultNamespace, "after-the-drop")
	request.TaskQueue.Name, request.WorkflowTaskTimeout = queue, durationpb.New(patience) // one that is lost comes too late
	_, err = live.StartWorkflowExecution(within(t), request)
	require.NoError(t, err)
	got := await(t, task, "the task was given to a poll that is gone")
	require.Equal(t, "after-the-drop", got.GetWorkflowExecution().GetWorkflowId())
	require.EqualValues(t, 1, got.GetAttempt())
}

// Polls come and go while tasks are queued: each task reaches a poll that is there, none waits for its time-out.
func TestPollsThatComeAndGo(t *testing.T) {
	s := start(t)
	queue := "queue-" + uuid.NewString()
	live, _ := raw(t, s.GRPCAddr())
	const count = 60
	var going sync.WaitGroup
	stop, cancel := context.WithCancel(within(t))
	defer cancel()
	got := make(chan string, 10*count)
	for range 8 { // these give up, at any time, what they have begun
		going.Go(func() {
			for n := 0; stop.Err() == nil; n++ {
				ctx, giveUp := context.WithCancel(stop)
				go func() {
					for range n % 50 { // a while, without a clock
						_, _ = live.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
					}
					giveUp()
				}()
				if reply, err := live.PollWorkflowTaskQueue(ctx, pollOf(queue)); err == nil && len(reply.GetTaskToken()) > 0 {
					got <- reply.GetWorkflowExecution().GetWorkflowId()
				}
				giveUp()
			}
		})
	}
	for n := range count {
		request := startRequest(client.DefaultNamespace, fmt.Sprint("task-", n))
		request.TaskQueue.Name, request.WorkflowTaskTimeout = queue, durationpb.New(2*time.Second)
		_, err := live.StartWorkflowExecution(within(t), request)
		require.NoError(t, err)
	}
	for seen := map[string]bool{}; len(seen) < count; {
		seen[await(t, got, "a task is lost")] = true
	}
	cancel()
	going.Wait()
}
