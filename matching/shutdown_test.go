package matching

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

func goodbye(t *testing.T, m *Matching, r *workflowservice.ShutdownWorkerRequest) {
	t.Helper()
	r.TaskQueue = queueName
	_, err := m.ShutdownWorker(within(t), in.Namespace, r)
	require.NoError(t, err)
}

func TestShutdownWorker(t *testing.T) {
	m := open(t, startServer(t).connect())
	for _, identity := range []string{"w1", "w2"} {
		openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: identity})
	}
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w1", TaskQueueTypes: []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_ACTIVITY}})
	require.Equal(t, []string{"w1", "w2"}, identities(t, m), "it polls workflow tasks still")
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w1", TaskQueueTypes: []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW}})
	require.Equal(t, []string{"w2"}, identities(t, m))
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w2"})
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w2"})
	require.Empty(t, identities(t, m))
	_, err := m.ShutdownWorker(within(t), "another", &workflowservice.ShutdownWorkerRequest{TaskQueue: queueName})
	require.ErrorAs(t, err, new(*serviceerror.NamespaceNotFound))
}

// A word of a worker that its goodbye has overtaken does not list it again; another of the same identity is listed.
func TestAWordThatComesBehindTheGoodbye(t *testing.T) {
	m := open(t, startServer(t).connect())
	word := &workerpb.OpenTaskQueueRequest{Identity: "w1", WorkerInstanceKey: "first", StickyTaskQueue: "s1", Polling: true}
	openQueue(t, m, word)
	require.Equal(t, []string{"w1"}, identities(t, m))
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w1", WorkerInstanceKey: "first"})
	openQueue(t, m, word)
	require.Empty(t, identities(t, m))
	require.Empty(t, describeSticky(t, m, "s1", "").Pollers)
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w1", WorkerInstanceKey: "second"})
	require.Equal(t, []string{"w1"}, identities(t, m))
}

// A worker that has just taken a task, and waits for more at the server, is nobody once it has said goodbye.
func TestTheLastWorkerSaysGoodbye(t *testing.T) {
	m := open(t, startServer(t).connect())
	m.Queue(in.Namespace, task(1))
	pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, 1)
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w1"})
	require.Empty(t, identities(t, m))
	state := &queueState{waiting: 1, delivered: time.Now().Add(-time.Second)}
	require.Zero(t, state.pulled(time.Now()))
	require.NotZero(t, state.pulled(time.Now().Add(-pullsWait)), "by now it would have ended")
	require.Equal(t, state.delivered, (&queueState{delivered: state.delivered}).pulled(state.delivered.Add(-1)))
}

// What is known at another process has no name here.
func TestAPollerOfAnotherProcess(t *testing.T) {
	s := startServer(t)
	m, other := open(t, s.connect()), open(t, s.connect())
	m.Queue(in.Namespace, task(1))
	pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, 1)
	require.Equal(t, []string{"w1"}, identities(t, m))
	require.Equal(t, []string{unnamed}, identities(t, other))
}

// A sticky queue whose worker said goodbye gets neither tasks nor queries, even while somebody listens there.
func TestStickyTaskAfterGoodbye(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect(), func(c *Config) { c.StickyTimeout = time.Hour })
	for _, name := range []string{"w1", "w2"} {
		worker(t, s.connect(), api.Names{}.Sticky(in.Namespace, queueName, name), accept)
	}
	require.True(t, sticky1(t, m, &workflowservice.PollWorkflowTaskQueueResponse{}))
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{StickyTaskQueue: "w1"})
	require.False(t, sticky1(t, m, &workflowservice.PollWorkflowTaskQueueResponse{}))
	_, err := m.Query(within(t), in.Namespace, queueName, "w1", &workflowservice.PollWorkflowTaskQueueResponse{})
	require.ErrorAs(t, err, new(*serviceerror.FailedPrecondition))

	answers := make(chan bool, 1)
	m.Sticky(in.Namespace, queueName, "w2", &workflowservice.PollWorkflowTaskQueueResponse{}, func(accepted bool) { answers <- accepted })
	require.True(t, <-answers, "another worker's")
}

func TestGoneIsBounded(t *testing.T) {
	g, now := newGone[string](), time.Unix(1e9, 0)
	g.add("a", now)
	g.add("a", now.Add(goneKept/2))
	require.True(t, g.has("a", now.Add(goneKept-1)))
	require.False(t, g.has("a", now.Add(goneKept)))
	g.add("a", now.Add(goneKept)) // its name was given again
	require.True(t, g.has("a", now.Add(goneKept)))
	for i := range 2 * maxGone {
		g.add(fmt.Sprint(i), now.Add(goneKept))
	}
	require.Len(t, g.since, maxGone)
	require.Equal(t, maxGone, g.byTime.size())
	require.True(t, g.has(fmt.Sprint(2*maxGone-1), now.Add(goneKept)))
	require.False(t, g.has("a", now.Add(goneKept)))
}

// A thousand workers, each with a sticky queue of its own, on one queue: each gets what is its own.
func TestAThousandStickyQueues(t *testing.T) {
	const count = 1000
	s := startServer(t)
	m, conn := open(t, s.connect()), s.connect()
	got := make(chan string, count)
	_, err := conn.Subscribe(api.Names{}.Sticky(in.Namespace, queueName, "any")[:len(api.Names{}.Sticky(in.Namespace, queueName, "any"))-len("any")]+"*", func(message *nats.Msg) {
		got <- message.Subject
		accept(message)
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	answers := make(chan bool, count)
	want := map[string]bool{}
	for i := range count {
		name := fmt.Sprintf("host:%d", i)
		openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: name + "@host", StickyTaskQueue: name, Polling: true})
		m.Sticky(in.Namespace, queueName, name, &workflowservice.PollWorkflowTaskQueueResponse{}, func(accepted bool) { answers <- accepted })
		want[api.Names{}.Sticky(in.Namespace, queueName, name)] = true
	}
	for range count {
		require.True(t, <-answers)
		delete(want, <-got)
	}
	require.Empty(t, want)
	require.Len(t, describe(t, m).Pollers, count)
	require.Equal(t, "host:7@host", describeSticky(t, m, "host:7", "").Pollers[0].Identity)
}
