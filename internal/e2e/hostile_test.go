package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func startEmbedded(t testing.TB) (local, *client.Client, jetstream.JetStream) {
	t.Helper()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	return s, connectClient(t, s.URL()), jetStream(t, s.URL())
}

// A reply subject that is a power of the server's is not used: nothing is answered, nothing happens.
func TestHostileReplies(t *testing.T) {
	_, c, js := startEmbedded(t)
	ctx := within(t)
	startSleepers(ctx, t, c, "victim", 8, hour)
	before := logs(t, js)
	body, err := proto.Marshal(startRequest("attacker", time.Hour))
	require.NoError(t, err)
	heard, err := c.Conn().SubscribeSync("innocent.service")
	require.NoError(t, err)
	log := names.LogStream(first, 0)
	for _, door := range []api.Door{api.ClientDoor, api.WorkerDoor, api.AdminDoor} {
		for _, method := range api.Methods(door) {
			subject := names.API(first.Namespace, method.Name)
			switch door {
			case api.WorkerDoor:
				subject = names.Worker(first.Namespace, queue, method.Name)
			case api.AdminDoor:
				subject = names.Admin(method.Name)
			}
			for _, reply := range []string{
				"$JS.API.STREAM.DELETE." + log, "$JS.API.STREAM.PURGE." + log, names.Log(first.Namespace, 0), "innocent.service",
				names.Admin("RegisterNamespace"), names.API(first.Namespace, "TerminateWorkflowExecution"), "",
			} {
				for _, data := range [][]byte{nil, body, []byte("{}")} {
					require.NoError(t, c.Conn().PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: data}))
				}
			}
		}
	}
	// What is answered now was asked for behind all that.
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, c, "victim-0"))
	_, err = c.Describe(ctx, "attacker", "")
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
	requireNoRecords(ctx, t, js, before)
	pending, _, err := heard.Pending()
	require.NoError(t, err)
	require.Zero(t, pending)
}

// requireNoRecords: since then nothing was written to the logs but the frames that answers wait for, and nothing was cut.
func requireNoRecords(ctx context.Context, t *testing.T, js jetstream.JetStream, before []jetstream.StreamState) {
	t.Helper()
	for shard, after := range logs(t, js) {
		require.Equal(t, before[shard].FirstSeq, after.FirstSeq, "shard %d", shard)
		log, err := js.Stream(ctx, names.LogStream(first, shard))
		require.NoError(t, err)
		for sequence := before[shard].LastSeq + 1; sequence <= after.LastSeq; sequence++ {
			message, err := log.GetMsg(ctx, sequence)
			require.NoError(t, err)
			frame := &recordpb.Frame{}
			require.NoError(t, proto.Unmarshal(message.Data, frame))
			require.NotNil(t, frame.GetBarrier(), "shard %d, message %d", shard, sequence)
		}
	}
}

// hand takes a workflow task by hand, as a worker of the queue does.
type hand struct {
	client *client.Client
	js     jetstream.JetStream
	queue  string
}

func (h hand) call(t testing.TB, queue, method string, request, reply proto.Message) error {
	return rpc.Call(within(t), h.client.Conn(), names.Worker(first.Namespace, queue, method), request, reply)
}

// pull takes the next task from the queue, and leaves it to be started.
func (h hand) pull(t testing.TB) *workerpb.Task {
	t.Helper()
	source := &workerpb.OpenTaskQueueResponse{}
	require.NoError(t, h.call(t, h.queue, api.OpenTaskQueue, &workerpb.OpenTaskQueueRequest{TaskQueue: h.queue, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW}, source))
	consumer, err := h.js.Consumer(within(t), source.Stream, source.Consumer)
	require.NoError(t, err)
	message, err := consumer.Next(jetstream.FetchMaxWait(patience))
	require.NoError(t, err)
	require.NoError(t, message.Ack())
	task := &workerpb.Task{}
	require.NoError(t, proto.Unmarshal(message.Data(), task))
	return task
}

// Tokens of other queues, of later owners, of nobody and of what is over change nothing.
func TestHostileTokens(t *testing.T) {
	_, c, js := startEmbedded(t)
	ctx := within(t)
	h := hand{c, js, queue}
	run := startSleepers(ctx, t, c, "victim", 1, hour)[0]
	task := h.pull(t)
	start := func(queue string, task *workerpb.Task, reply proto.Message) error {
		return h.call(t, queue, api.StartWorkflowTask, &workerpb.StartTaskRequest{Task: task, RequestId: uuid.NewString()}, reply)
	}
	started := &workflowservice.PollWorkflowTaskQueueResponse{}
	require.ErrorAs(t, start("thieves", task, started), new(*serviceerror.InvalidArgument))
	stolen := proto.CloneOf(task)
	stolen.TaskQueue = "thieves"
	require.ErrorAs(t, start("thieves", stolen, started), new(*serviceerror.PermissionDenied))
	later := proto.CloneOf(task)
	later.Epoch += 7
	require.ErrorAs(t, start(queue, later, started), new(*serviceerror.Unavailable))
	wrong := proto.CloneOf(task)
	wrong.ScheduledEventId += 3
	require.ErrorAs(t, start(queue, wrong, started), new(*serviceerror.NotFound))
	require.NoError(t, start(queue, task, started))
	require.ErrorAs(t, start(queue, task, started), new(*serviceerror.NotFound), "it was started")

	complete := func(queue string, token []byte) error {
		return h.call(t, queue, "RespondWorkflowTaskCompleted", &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: token},
			&workflowservice.RespondWorkflowTaskCompletedResponse{})
	}
	require.ErrorAs(t, complete("thieves", started.TaskToken), new(*serviceerror.PermissionDenied))
	require.ErrorAs(t, complete(queue, []byte("garbage")), new(*serviceerror.InvalidArgument))
	require.ErrorAs(t, complete(queue, retoken(t, started.TaskToken, func(token *workerpb.TaskToken) { token.Task.Epoch += 7 })), new(*serviceerror.Unavailable))
	require.ErrorAs(t, complete(queue, retoken(t, started.TaskToken, func(token *workerpb.TaskToken) { token.Task.Attempt++ })), new(*serviceerror.NotFound))
	require.ErrorAs(t, complete(queue, retoken(t, started.TaskToken, func(token *workerpb.TaskToken) { token.Task.RunId = uuid.NewString() })), new(*serviceerror.NotFound))
	history, err := c.Describe(ctx, run.ID(), "")
	require.NoError(t, err)
	require.EqualValues(t, 2, history.GetWorkflowExecutionInfo().GetHistoryLength(), "nothing has happened")

	require.NoError(t, complete(queue, started.TaskToken))
	require.NoError(t, c.Terminate(ctx, run.ID(), "", "enough"))
	require.NoError(t, complete(queue, started.TaskToken), "a repeated completion has the answer of the first")
	require.ErrorAs(t, complete(queue, retoken(t, started.TaskToken, func(token *workerpb.TaskToken) { token.RequestId = uuid.NewString() })), new(*serviceerror.NotFound))
	require.Len(t, checkRuns(ctx, t, c, run.ID()), 1)
}

func retoken(t testing.TB, encoded []byte, change func(*workerpb.TaskToken)) []byte {
	t.Helper()
	token := &workerpb.TaskToken{}
	require.NoError(t, proto.Unmarshal(encoded, token))
	change(token)
	encoded, err := proto.Marshal(token)
	require.NoError(t, err)
	return encoded
}

// Ids may be any UTF-8 of at most 1000 bytes, as names of workflows and of queues.
func TestStrangeIDs(t *testing.T) {
	ids := []string{
		" ", "a b", "a.b.c", "*", ">", "a.*.>", "%", "%41", "$JS.API", "\t\r\n\x00\x7f", "é漢字🙂", ".", "..", "/etc/passwd", "-",
		strings.Repeat("x", 1000), strings.Repeat("é", 500), strings.Repeat(".", 1000), strings.Repeat("x", 999) + "y",
	}
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom, Tuning: restless})
	c := connectClient(t, s.URL())
	ctx := within(t)
	for _, strange := range ids[:12] {
		w, err := worker.New(c, strange, worker.Options{})
		require.NoError(t, err)
		w.Register(sleeping...)
		require.NoError(t, w.Start())
		defer func() { require.NoError(t, w.Stop()) }()
	}
	inParallel(len(ids), func(n int) {
		run, err := client.Start(ctx, c, sleeper, time.Hour, client.StartOptions{ID: ids[n], TaskQueue: ids[n%12]})
		if err == nil {
			err = client.Signal(ctx, c, ids[n], "", wake, ids[n])
		}
		var by string
		if err == nil {
			by, err = run.Result(ctx)
		}
		if err != nil || by != ids[n] {
			t.Errorf("id %q: %q, %v", ids[n], by, err)
		}
	})
	for _, id := range ids {
		require.Len(t, checkRuns(ctx, t, c, id), 1)
	}
	for _, id := range []string{"", strings.Repeat("x", 1001), "bad \xff UTF-8"} {
		request := startRequest(id, time.Hour)
		require.Error(t, call(t, c, "StartWorkflowExecution", request), "%.20q", id)
	}
	require.ErrorAs(t, call(t, c, "StartWorkflowExecution", startRequest(strings.Repeat("x", 1001), time.Hour)), new(*serviceerror.InvalidArgument))
}

// What exceeds max_payload is refused with words that say so, wherever it comes from.
func TestTooLarge(t *testing.T) {
	const size = 2 << 20
	_, embedded, _ := startEmbedded(t)
	ctx := within(t)
	c, err := client.Connect(client.Options{Conn: embedded.Conn(), PayloadThreshold: -1})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	echo := workflow.Declare[string, string]("Echo")
	swell := activity.Declare[string, string]("Swell")
	startWorker(t, c, worker.Options{},
		echo.Implement(func(ctx workflow.Context, in string) (string, error) {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
			return workflow.ExecuteActivity(ctx, swell, in).Get(ctx)
		}),
		swell.Implement(func(context.Context, string) (string, error) { return strings.Repeat("x", size), nil }),
	)
	_, err = client.Start(ctx, c, echo, strings.Repeat("x", size), client.StartOptions{TaskQueue: queue})
	require.ErrorAs(t, err, new(*serviceerror.InvalidArgument))
	require.ErrorContains(t, err, "max_payload")
	run, err := client.Start(ctx, c, echo, "small", client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	_, err = run.Result(ctx)
	require.ErrorContains(t, err, "max_payload")
}
