package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// A tally counts its runs: every other one fails after it has counted.
var tally = workflow.Declare[workflow.None, int]("Tally")

func tallying(counted chan<- int) worker.Implementation {
	return tally.Implement(func(ctx workflow.Context, _ workflow.None) (int, error) {
		n := 0
		if workflow.HasLastCompletionResult(ctx) {
			var err error
			if n, err = workflow.GetLastCompletionResult[int](ctx); err != nil {
				return 0, err
			}
		}
		if workflow.GetLastError(ctx) == nil && n > 0 {
			return 0, failure.NewApplicationError("not now", "Later", nil)
		}
		if !workflow.IsReplaying(ctx) {
			counted <- n + 1 //perdure:allow the test counts runs, and the run does not depend on it
		}
		return n + 1, nil
	})
}

// A workflow with a schedule runs on, with what its last good run left, until it is cancelled; its result is the last run's.
func TestCronSchedule(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	counted := make(chan int, 100)
	startWorker(t, c, worker.Options{}, tallying(counted))
	run, err := client.Start(within(t), c, tally, workflow.None{}, client.StartOptions{ID: "tally", TaskQueue: queue, CronSchedule: "@every 1s"})
	require.NoError(t, err)
	for want := 1; want <= 2; want++ { // the run between them fails
		select {
		case got := <-counted:
			require.Equal(t, want, got)
		case <-within(t).Done():
			require.Fail(t, "the schedule does not come round")
		}
	}
	require.NoError(t, c.Terminate(within(t), "tally", "", "enough"))
	_, err = run.Result(within(t))
	var terminated *failure.TerminatedError
	require.ErrorAs(t, err, &terminated)

	_, err = client.Start(within(t), c, tally, workflow.None{}, client.StartOptions{ID: "tally", TaskQueue: queue, CronSchedule: "soon"})
	require.EqualError(t, err, "invalid CronSchedule.")
}

// firstEvent is the first of the workflow's latest run.
func firstEvent(t *testing.T, c *client.Client, id string) *historypb.WorkflowExecutionStartedEventAttributes {
	t.Helper()
	for event, err := range c.History(within(t), id, "", client.HistoryOptions{}) {
		require.NoError(t, err)
		return event.GetWorkflowExecutionStartedEventAttributes()
	}
	return nil
}

// measure tells the length of its input.
var measure = workflow.Declare[string, int]("Measure")

func measuring() worker.Implementation {
	return measure.Implement(func(_ workflow.Context, text string) (int, error) { return len(text), nil })
}

func TestEagerStart(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	ask := func(method string, request, reply proto.Message) {
		body, err := proto.Marshal(request)
		require.NoError(t, err)
		answer, err := c.Conn().RequestWithContext(within(t), names.API(runtime.DefaultNamespace, method), body)
		require.NoError(t, err)
		require.Empty(t, answer.Header.Get(api.HeaderError))
		require.NoError(t, proto.Unmarshal(answer.Data, reply))
	}

	// Nobody does anything with the task: it times out, and the next attempt is queued.
	reply := &workflowservice.StartWorkflowExecutionResponse{}
	ask("StartWorkflowExecution", &workflowservice.StartWorkflowExecutionRequest{
		WorkflowId: "forgotten", WorkflowType: &commonpb.WorkflowType{Name: tally.Name()}, TaskQueue: &taskqueuepb.TaskQueue{Name: queue},
		RequestEagerExecution: true, WorkflowTaskTimeout: durationpb.New(time.Second), RequestId: "r",
	}, reply)
	events := reply.GetEagerWorkflowTask().GetHistory().GetEvents()
	require.Len(t, events, 3)
	require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, events[2].EventType)

	startWorker(t, c, worker.Options{}, tallying(make(chan int, 100)), measuring())
	n, err := client.GetRun[int](c, "forgotten", "").Result(within(t))
	require.NoError(t, err)
	require.Equal(t, 1, n)

	run, err := client.Start(within(t), c, tally, workflow.None{}, client.StartOptions{ID: "eager", TaskQueue: queue, EnableEagerStart: true})
	require.NoError(t, err)
	_, err = run.Result(within(t))
	require.NoError(t, err)
	require.True(t, firstEvent(t, c, "eager").GetEagerExecutionAccepted())

	large, err := client.Start(within(t), c, measure, strings.Repeat("x", 600<<10), client.StartOptions{ID: "large", TaskQueue: queue, EnableEagerStart: true})
	require.NoError(t, err)
	n, err = large.Result(within(t))
	require.NoError(t, err)
	require.Equal(t, 600<<10, n)
	require.True(t, firstEvent(t, c, "large").GetEagerExecutionAccepted())

	delayed, err := client.Start(within(t), c, tally, workflow.None{}, client.StartOptions{
		ID: "delayed", TaskQueue: queue, EnableEagerStart: true, StartDelay: time.Millisecond,
	})
	require.NoError(t, err)
	_, err = delayed.Result(within(t))
	require.NoError(t, err)
	require.False(t, firstEvent(t, c, "delayed").GetEagerExecutionAccepted())
}
