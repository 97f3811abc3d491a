package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/proctest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// resting is a restless server with clients and a worker, each of which outlives it.
type resting struct {
	config runtime.Config
	server local
	client *client.Client
	js     jetstream.JetStream
}

func startResting(t testing.TB, tuning runtime.Tuning) *resting {
	t.Helper()
	r := startRestingWithout(t, tuning)
	startWorker(t, r.client, worker.Options{}, sleeping...)
	return r
}

// startRestingWithout is startResting without a worker.
func startRestingWithout(t testing.TB, tuning runtime.Tuning) *resting {
	t.Helper()
	r := &resting{config: runtime.Config{DataDir: natstest.Dir(t), Listen: proctest.FreeAddress(t), SyncInterval: seldom, Tuning: tuning}}
	r.server = startLocal(t, r.config)
	r.client = connectClient(t, r.server.URL())
	r.js = jetStream(t, r.server.URL())
	return r
}

func (r *resting) restart(t testing.TB) {
	t.Helper()
	r.server.stop(t)
	r.server = startLocal(t, r.config)
}

// open and closed are how many runs are at rest.
func (r *resting) open(t testing.TB) int {
	return int(streamState(t, r.js, names.OpenStream(first)).NumSubjects)
}

func (r *resting) closed(t testing.TB) int {
	return int(streamState(t, r.js, names.HistoryStream(first)).NumSubjects)
}

func hour(int) time.Duration { return time.Hour }

// Sleeping runs leave memory for OPEN and come back by a signal, by their timers, and after a
// restart; closed ones are in HISTORY, each under a subject of its own; OPEN and the logs empty.
func TestRunsRestAndComeBack(t *testing.T) {
	t.Parallel()
	const sleepers = 2000
	ctx, r := within(t), startResting(t, restless)
	runs := startSleepers(ctx, t, r.client, "sleeper", sleepers, hour)
	timed := startSleepers(ctx, t, r.client, "timed", 200, func(int) time.Duration { return 4 * time.Second })
	eventually(t, func() bool { return r.open(t) >= sleepers }, "the sleepers do not rest")
	awaitAll(ctx, t, timed, "timer")

	// Half of them wake after a restart.
	wakeAll(ctx, t, r.client, runs[:sleepers/2])
	awaitAll(ctx, t, runs[:sleepers/2], "signal")
	r.restart(t)
	wakeAll(ctx, t, r.client, runs[sleepers/2:])
	awaitAll(ctx, t, runs[sleepers/2:], "signal")

	eventually(t, func() bool { return r.closed(t) == sleepers+len(timed) }, "closed runs are not in HISTORY")
	for _, run := range []client.Run[string]{runs[0], runs[sleepers-1], timed[0]} {
		m, err := mustStream(t, r.js, names.HistoryStream(first)).GetLastMsgForSubject(ctx, names.History(first.Namespace, run.ID(), run.RunID()))
		require.NoError(t, err)
		require.NotEmpty(t, m.Data)
		require.Len(t, checkRuns(ctx, t, r.client, run.ID()), 1)
	}
	const churned = "emptied" // runs of which some are always in OPEN
	r.churn(t, churned, func() bool { return r.openBut(t, churned) == 0 })
}

// openBut is how many runs are at rest whose ids do not begin so.
func (r *resting) openBut(t testing.TB, prefix string) int {
	t.Helper()
	info, err := mustStream(t, r.js, names.OpenStream(first)).Info(within(t), jetstream.WithSubjectFilter(names.OpenAll(first.Namespace)))
	require.NoError(t, err)
	count := 0
	for subject := range info.State.Subjects {
		if !strings.Contains(subject, "."+prefix) {
			count++
		}
	}
	return count
}

// churn runs short workflows, by which logs grow and are cut, until something is so.
func (r *resting) churn(t testing.TB, prefix string, until func() bool) {
	t.Helper()
	ctx := within(t)
	for round := 0; !until(); round++ {
		require.NoError(t, ctx.Err(), "%s: it does not come", prefix)
		awaitAll(ctx, t, startSleepers(ctx, t, r.client, fmt.Sprintf("%s-%d", prefix, round), 50, func(int) time.Duration { return time.Millisecond }), "timer")
	}
}

// cutBehind tells whether the logs have nothing of what they had.
func cutBehind(t testing.TB, js jetstream.JetStream, before []jetstream.StreamState) bool {
	t.Helper()
	for shard, state := range logs(t, js) {
		if state.FirstSeq <= before[shard].LastSeq {
			return false
		}
	}
	return true
}

func mustStream(t testing.TB, js jetstream.JetStream, name string) jetstream.Stream {
	t.Helper()
	s, err := js.Stream(within(t), name)
	require.NoError(t, err)
	return s
}

// A run at rest is not in memory: without its message in OPEN it cannot be read, and harms no other.
func TestRunAtRestIsNotInMemory(t *testing.T) {
	ctx, r := within(t), startResting(t, restless)
	runs := startSleepers(ctx, t, r.client, "sleeper", 2, hour)
	eventually(t, func() bool { return r.open(t) == 2 }, "the sleepers do not rest")
	open := mustStream(t, r.js, names.OpenStream(first))
	subject := names.Open(first.Namespace, runs[0].ID(), runs[0].RunID())
	require.NoError(t, open.Purge(ctx, jetstream.WithPurgeSubject(subject)))
	eventually(t, func() bool { return r.describe(t, runs[0].ID()) != nil }, "it is still in memory")
	require.ErrorContains(t, r.describe(t, runs[0].ID()), "reading workflow")

	wakeAll(ctx, t, r.client, runs[1:])
	awaitAll(ctx, t, runs[1:], "signal")
}

func (r *resting) describe(t testing.TB, id string) error {
	return rpc.Call(within(t), r.client.Conn(), names.API(first.Namespace, "DescribeWorkflowExecution"),
		&workflowservice.DescribeWorkflowExecutionRequest{Execution: &commonpb.WorkflowExecution{WorkflowId: id}},
		&workflowservice.DescribeWorkflowExecutionResponse{})
}

// Runs at rest that owe tasks get them queued again when their queue is lost with the server.
func TestRunsAtRestOweTasks(t *testing.T) {
	t.Parallel()
	const sleepers = 800
	ctx := within(t)
	r := startRestingWithout(t, restless)
	runs := startSleepers(ctx, t, r.client, "sleeper", sleepers, func(int) time.Duration { return time.Millisecond })
	eventually(t, func() bool { return r.open(t) == sleepers }, "the sleepers do not rest")
	begun := logs(t, r.js)
	for n := 0; !cutBehind(t, r.js, begun); n++ { // until the index alone knows of them
		runs = append(runs, startSleepers(ctx, t, r.client, fmt.Sprintf("more-%d", n), 20, func(int) time.Duration { return time.Millisecond })...)
	}
	r.restart(t) // TASKS is in memory
	startWorker(t, r.client, worker.Options{}, sleeping...)
	awaitAll(ctx, t, runs, "timer")
}

// Neither the logs nor a recovery grow with what has been.
func TestLogsAreCut(t *testing.T) {
	t.Parallel()
	const cut = 32 << 10
	ctx, r := within(t), startResting(t, runtime.Tuning{RestAfter: 50 * time.Millisecond, CutBytes: cut})
	kept := startSleepers(ctx, t, r.client, "kept", 40, hour)
	for round := range 3 {
		before := logs(t, r.js)
		awaitAll(ctx, t, startSleepers(ctx, t, r.client, fmt.Sprintf("round-%d", round), 600, func(int) time.Duration { return time.Millisecond }), "timer")
		eventually(t, func() bool {
			for shard, state := range logs(t, r.js) {
				if state.FirstSeq <= before[shard].FirstSeq || state.Bytes > 3*cut {
					return false
				}
			}
			return true
		}, "round %d: a log is not cut", round)
	}
	r.restart(t)
	wakeAll(ctx, t, r.client, kept)
	awaitAll(ctx, t, kept, "signal")
}

// Closed runs that the logs no longer have are read from HISTORY.
func TestClosedRunsAreReadFromHistory(t *testing.T) {
	ctx, r := within(t), startResting(t, restless)
	start := startRequest("closed", time.Millisecond)
	id := start.WorkflowId
	reply := &workflowservice.StartWorkflowExecutionResponse{}
	require.NoError(t, r.start(t, start, reply))
	result, err := client.GetRun[string](r.client, id, "").Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "timer", result)
	eventually(t, func() bool { return r.closed(t) == 1 }, "it is not in HISTORY")
	begun := logs(t, r.js)
	r.churn(t, "churn", func() bool { return cutBehind(t, r.js, begun) })
	r.restart(t) // so that nothing is in memory

	// Before each start, since a started run is found first.
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, status(t, r.client, id))
	require.Len(t, checkRuns(ctx, t, r.client, id), 1)
	answer, err := client.Query(ctx, r.client, id, "", dream, workflow.None{})
	require.NoError(t, err)
	require.Equal(t, "timer", answer)
	require.ErrorAs(t, client.Signal(ctx, r.client, id, "", wake, "late"), new(*serviceerror.NotFound))

	again := &workflowservice.StartWorkflowExecutionResponse{}
	require.NoError(t, r.start(t, start, again), "the same request")
	require.Equal(t, reply.RunId, again.RunId)
	require.Len(t, checkRuns(ctx, t, r.client, id), 1)

	for policy, allowed := range map[enumspb.WorkflowIdReusePolicy]bool{
		enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:            false,
		enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY: false,
	} {
		next := startRequest(id, time.Hour)
		next.WorkflowIdReusePolicy = policy
		err := r.start(t, next, again)
		require.Equal(t, allowed, err == nil, "%v: %v", policy, err)
		require.ErrorAs(t, err, new(*serviceerror.WorkflowExecutionAlreadyStarted))
	}
	next := startRequest(id, time.Hour)
	next.WorkflowIdReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	require.NoError(t, r.start(t, next, again))
	require.NotEqual(t, reply.RunId, again.RunId)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, r.client, id))
	_, err = client.GetRun[string](r.client, id, reply.RunId).Result(ctx) // the first by its id
	require.NoError(t, err)
}

func status(t testing.TB, c *client.Client, id string) enumspb.WorkflowExecutionStatus {
	t.Helper()
	description, err := c.Describe(within(t), id, "")
	require.NoError(t, err)
	return description.GetWorkflowExecutionInfo().GetStatus()
}

func startRequest(id string, d time.Duration) *workflowservice.StartWorkflowExecutionRequest {
	return &workflowservice.StartWorkflowExecutionRequest{
		WorkflowId: id, WorkflowType: &commonpb.WorkflowType{Name: sleeper.Name()}, TaskQueue: &taskqueuepb.TaskQueue{Name: queue},
		Input: &commonpb.Payloads{Payloads: []*commonpb.Payload{{
			Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: fmt.Append(nil, int64(d)),
		}}},
		RequestId: uuid.NewString(),
	}
}

func (r *resting) start(t testing.TB, request *workflowservice.StartWorkflowExecutionRequest, reply *workflowservice.StartWorkflowExecutionResponse) error {
	return rpc.Call(within(t), r.client.Conn(), names.API(first.Namespace, "StartWorkflowExecution"), request, reply)
}

// Sleepers outlive kills at every stage of rest, index and cut.
func TestCrashOfSleepers(t *testing.T) {
	t.Parallel()
	const sleepers, every = 600, 150
	address, dir := proctest.FreeAddress(t), natstest.Dir(t)
	start := func() *proctest.Process {
		return startServer(t, settings{DataDir: dir, Listen: address, SyncInterval: seldom, Tuning: restless})
	}
	server := start()
	server.AwaitReady(t)
	ctx, c := within(t), connectClient(t, "nats://"+address)
	startWorker(t, c, worker.Options{}, sleeping...)
	js := jetStream(t, "nats://"+address)
	again := func() {
		server.Kill()
		server = start()
		server.AwaitReady(t)
	}
	var timed, signaled []client.Run[string]
	for batch := range sleepers / every {
		timed = append(timed, startSleepers(ctx, t, c, fmt.Sprintf("timed-%d", batch), every/2, func(n int) time.Duration {
			return time.Duration(2000+20*n) * time.Millisecond
		})...)
		signaled = append(signaled, startSleepers(ctx, t, c, fmt.Sprintf("signaled-%d", batch), every/2, hour)...)
		again()
	}
	eventually(t, func() bool {
		return int(streamState(t, js, names.OpenStream(first)).NumSubjects) >= len(signaled)
	}, "the sleepers do not rest")
	for len(signaled) > 0 {
		some := signaled[:every/2]
		signaled = signaled[every/2:]
		wakeAll(ctx, t, c, some)
		again()
		awaitAll(ctx, t, some, "signal")
		again()
	}
	awaitAll(ctx, t, timed, "timer")
	for _, run := range timed {
		require.Len(t, checkRuns(ctx, t, c, run.ID()), 1)
	}
}

// The second run of an id is at rest when the index is written, and the log still has all of the first,
// since another workflow holds it back: a recovery finds the second.
func TestRunAtRestBehindAnEarlierOne(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	r := &resting{config: runtime.Config{
		DataDir: natstest.Dir(t), Listen: proctest.FreeAddress(t), SyncInterval: seldom, Shards: 1,
		Tuning: runtime.Tuning{RestAfter: 50 * time.Millisecond, RestBusy: time.Hour, CutBytes: 128 << 10},
	}}
	r.server = startLocal(t, r.config)
	r.client, r.js = connectClient(t, r.server.URL()), jetStream(t, r.server.URL())
	h := hand{r.client, r.js, "by-hand"}
	busy := startRequest("busy", time.Hour)
	busy.TaskQueue.Name, busy.WorkflowTaskTimeout = h.queue, durationpb.New(time.Hour)
	require.NoError(t, r.start(t, startRequest("before", time.Hour), &workflowservice.StartWorkflowExecutionResponse{}))
	require.NoError(t, r.start(t, busy, &workflowservice.StartWorkflowExecutionResponse{}))
	require.NoError(t, h.call(t, h.queue, api.StartWorkflowTask, &workerpb.StartTaskRequest{Task: h.pull(t), RequestId: uuid.NewString()},
		&workflowservice.PollWorkflowTaskQueueResponse{}))

	startWorker(t, r.client, worker.Options{}, sleeping...)
	one := startRequest("twice", time.Millisecond)
	require.NoError(t, r.start(t, one, &workflowservice.StartWorkflowExecutionResponse{}))
	_, err := client.GetRun[string](r.client, "twice", "").Result(ctx)
	require.NoError(t, err)
	two := &workflowservice.StartWorkflowExecutionResponse{}
	require.NoError(t, r.start(t, startRequest("twice", time.Hour), two))
	eventually(t, func() bool { return r.open(t) == 2 }, "the second run does not rest")
	r.churn(t, "churn", func() bool { return streamState(t, r.js, names.LogStream(first, 0)).FirstSeq > 1 })
	r.restart(t)
	require.NoError(t, client.Signal(ctx, r.client, "twice", "", wake, "signal"))
	result, err := client.GetRun[string](r.client, "twice", two.RunId).Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "signal", result)
}
