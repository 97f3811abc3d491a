package temporal

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/workerpb"
)

// Names that would be something else on a subject of NATS are names like others. They are of letters that gRPC takes as
// headers: the SDK sends ids in one.
func TestHostileNames(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		for _, name := range []string{">", "*", "a.b.>", "$JS.API.STREAM.DELETE.X", "a b", strings.Repeat("x", 900), "../../etc", "%", "~", "'--"} {
			w := workerOf(t, c, name, worker.Options{}, func(w worker.Worker) { w.RegisterWorkflow(gathering) })
			id := name + uuid.NewString()
			run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{ID: id, TaskQueue: name}, gathering, 1)
			require.NoError(t, err, "%q", name)
			require.NoError(t, c.SignalWorkflow(within(t), id, "", "n", 4))
			require.Equal(t, []int{4}, resultOf[[]int](t, run))
			require.Len(t, listed(t, c, "WorkflowId = '"+strings.ReplaceAll(id, "'", "''")+"'"), 1, "%q", name)
			w.Stop()
		}
	})
}

// Others come from other clients: a task of theirs reaches who polls.
func TestMoreHostileNames(t *testing.T) {
	t.Parallel()
	c, _ := raw(t, shared(t).GRPCAddr())
	for _, name := range []string{" ", "a b\r\nPUB x 0\r\n", "\x00", "\t", "ü", strings.Repeat("ü", 480), "\u202e", "\ufeff"} {
		request := startRequest(client.DefaultNamespace, name+uuid.NewString())
		request.TaskQueue.Name = name
		_, err := c.StartWorkflowExecution(within(t), request)
		require.NoError(t, err, "%q", name)
		task, err := c.PollWorkflowTaskQueue(within(t), pollOf(name))
		require.NoError(t, err, "%q", name)
		require.Equal(t, request.GetWorkflowId(), task.GetWorkflowExecution().GetWorkflowId())
		terminate(t, c, request.GetWorkflowId())
	}
}

func terminate(t testing.TB, c workflowservice.WorkflowServiceClient, id string) {
	t.Helper()
	_, err := c.TerminateWorkflowExecution(within(t), &workflowservice.TerminateWorkflowExecutionRequest{
		Namespace: client.DefaultNamespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id},
	})
	require.NoError(t, err)
}

// Namespaces and queues that cannot be are refused at every door.
func TestImpossibleNames(t *testing.T) {
	t.Parallel()
	c, _ := raw(t, shared(t).GRPCAddr())
	for _, name := range []string{"", ">", "*", "a.b", "default.>", " ", "a\r\nb", "\x00", "ü", strings.Repeat("a", 65)} {
		poll := pollOf("q")
		poll.Namespace = name
		_, err := c.PollWorkflowTaskQueue(within(t), poll)
		require.Equal(t, codes.InvalidArgument, status.Code(err), "a poll in %q", name)
		_, err = c.StartWorkflowExecution(within(t), startRequest(name, "w"))
		require.Equal(t, codes.InvalidArgument, status.Code(err), "a start in %q", name)
		_, err = c.CountWorkflowExecutions(within(t), &workflowservice.CountWorkflowExecutionsRequest{Namespace: name})
		require.Equal(t, codes.InvalidArgument, status.Code(err), "a count in %q", name)
		_, err = c.RespondQueryTaskCompleted(within(t), &workflowservice.RespondQueryTaskCompletedRequest{Namespace: name, TaskToken: []byte("x")})
		require.Error(t, err, "a query's answer in %q", name)
	}
	for _, name := range []string{"", strings.Repeat("a", 1001)} {
		_, err := c.PollWorkflowTaskQueue(within(t), pollOf(name))
		require.Equal(t, codes.InvalidArgument, status.Code(err), "a poll of a name of %d bytes", len(name))
		_, err = c.PollActivityTaskQueue(within(t), activityPollOf(name))
		require.Equal(t, codes.InvalidArgument, status.Code(err), "a poll of a name of %d bytes", len(name))
	}
}

// refusals are what a token is refused with that is not the one; Unavailable is for one of a later owner of the shard.
var refusals = []codes.Code{codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.Unavailable}

// Task tokens that were not given out, or for another namespace or queue, change nothing.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := raw(t, s.GRPCAddr())
	forgers := "forgers-" + uuid.NewString()
	_, err := c.RegisterNamespace(within(t), &workflowservice.RegisterNamespaceRequest{
		Namespace: forgers, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	queue, request := "queue-"+uuid.NewString(), startRequest(client.DefaultNamespace, uuid.NewString())
	request.TaskQueue = &taskqueuepb.TaskQueue{Name: queue}
	_, err = c.StartWorkflowExecution(within(t), request)
	require.NoError(t, err)
	task, err := c.PollWorkflowTaskQueue(within(t), pollOf(queue))
	require.NoError(t, err)
	require.NotEmpty(t, task.GetTaskToken())

	complete := func(namespace string, token []byte) error {
		_, err := c.RespondWorkflowTaskCompleted(within(t), &workflowservice.RespondWorkflowTaskCompletedRequest{Namespace: namespace, TaskToken: token, Identity: "forger"})
		return err
	}
	for name, change := range map[string]func(*workerpb.TaskToken){
		"workflow": func(k *workerpb.TaskToken) { k.Task.WorkflowId += "x" },
		"run":      func(k *workerpb.TaskToken) { k.Task.RunId = uuid.NewString() },
		"no run":   func(k *workerpb.TaskToken) { k.Task.RunId = "not one" },
		"event":    func(k *workerpb.TaskToken) { k.Task.ScheduledEventId = 1 },
		"no event": func(k *workerpb.TaskToken) { k.Task.ScheduledEventId = -1 },
		"attempt":  func(k *workerpb.TaskToken) { k.Task.Attempt++ },
		"queue":    func(k *workerpb.TaskToken) { k.Task.TaskQueue = "another" },
		"request":  func(k *workerpb.TaskToken) { k.RequestId = uuid.NewString() },
		"epoch":    func(k *workerpb.TaskToken) { k.Task.Epoch = 1 << 60 },
		"task":     func(k *workerpb.TaskToken) { k.Task = nil },
	} {
		token := &workerpb.TaskToken{}
		require.NoError(t, proto.Unmarshal(task.GetTaskToken(), token))
		change(token)
		forged, err := proto.Marshal(token)
		require.NoError(t, err)
		require.Contains(t, refusals, status.Code(complete(client.DefaultNamespace, forged)), name)
	}
	for _, token := range [][]byte{nil, {}, []byte("x"), {0xff}, task.GetTaskToken()[:len(task.GetTaskToken())/2]} {
		require.Contains(t, refusals, status.Code(complete(client.DefaultNamespace, token)), "%q", token)
	}
	for _, namespace := range []string{forgers, "unheard-of"} {
		require.Contains(t, refusals, status.Code(complete(namespace, task.GetTaskToken())), namespace)
	}
	require.NoError(t, complete(client.DefaultNamespace, task.GetTaskToken()), "the token itself")
	_ = complete(client.DefaultNamespace, task.GetTaskToken()) // again, as after a lost reply: it may have the first one's answer
	history, err := c.GetWorkflowExecutionHistory(within(t), &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: client.DefaultNamespace, Execution: task.GetWorkflowExecution(),
	})
	require.NoError(t, err)
	require.Len(t, history.GetHistory().GetEvents(), 4, "its start, and its task scheduled, started and completed")
	terminate(t, c, request.GetWorkflowId())
}

// A query's answer that nobody asked for, or that comes twice, is NotFound; one of another namespace too.
func TestForgedQueryTokens(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := raw(t, s.GRPCAddr())
	respond := func(namespace string, token []byte) codes.Code {
		_, err := c.RespondQueryTaskCompleted(within(t), &workflowservice.RespondQueryTaskCompletedRequest{
			Namespace: namespace, TaskToken: token, CompletedType: enumspb.QUERY_RESULT_TYPE_ANSWERED, QueryResult: &commonpb.Payloads{},
		})
		return status.Code(err)
	}
	for _, token := range []string{"x", "query:", "query:" + uuid.NewString(), strings.Repeat("y", 100_000)} {
		require.Equal(t, codes.NotFound, respond(client.DefaultNamespace, []byte(token)), "%.20s", token)
	}

	queue, request := "queue-"+uuid.NewString(), startRequest(client.DefaultNamespace, uuid.NewString())
	request.TaskQueue = &taskqueuepb.TaskQueue{Name: queue}
	_, err := c.StartWorkflowExecution(within(t), request)
	require.NoError(t, err)
	first, err := c.PollWorkflowTaskQueue(within(t), pollOf(queue))
	require.NoError(t, err)
	_, err = c.RespondWorkflowTaskCompleted(within(t), &workflowservice.RespondWorkflowTaskCompletedRequest{Namespace: client.DefaultNamespace, TaskToken: first.GetTaskToken()})
	require.NoError(t, err)
	answered := make(chan error, 1)
	go func() {
		_, err := c.QueryWorkflow(within(t), &workflowservice.QueryWorkflowRequest{
			Namespace: client.DefaultNamespace, Execution: &commonpb.WorkflowExecution{WorkflowId: request.GetWorkflowId()}, Query: &querypb.WorkflowQuery{QueryType: "q"},
		})
		answered <- err
	}()
	asked, err := c.PollWorkflowTaskQueue(within(t), pollOf(queue))
	require.NoError(t, err)
	require.Equal(t, "q", asked.GetQuery().GetQueryType())
	require.Equal(t, codes.NotFound, respond("unheard-of", asked.GetTaskToken()), "of another namespace")
	require.Equal(t, codes.OK, respond(client.DefaultNamespace, asked.GetTaskToken()))
	require.NoError(t, await(t, answered, "the query is not answered"))
	require.Equal(t, codes.NotFound, respond(client.DefaultNamespace, asked.GetTaskToken()), "a second time")
	terminate(t, c, request.GetWorkflowId())
}
