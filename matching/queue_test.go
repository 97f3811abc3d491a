package matching

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

const queueName = "my queue.*>" // needs escaping

func task(i int) *workerpb.Task {
	return &workerpb.Task{
		WorkflowId: fmt.Sprintf("order %d", i), RunId: "0198f2c4-5b5e-7f00-8000-000000000001",
		Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW, ScheduledEventId: 2, Attempt: 1, TaskQueue: queueName,
	}
}

// pull takes tasks through the consumer that OpenTaskQueue names, and
// acknowledges each, as a worker does.
func pull(t *testing.T, m *Matching, kind enumspb.TaskQueueType, count int) []*workerpb.Task {
	t.Helper()
	opened, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: queueName, Type: kind, Identity: "w1"})
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, opened.AckWait.AsDuration())
	consumer, err := m.js.Consumer(within(t), opened.Stream, opened.Consumer)
	require.NoError(t, err)
	var found []*workerpb.Task
	for len(found) < count {
		batch, err := consumer.Fetch(count-len(found), jetstream.FetchMaxWait(patience))
		require.NoError(t, err)
		before := len(found)
		for message := range batch.Messages() {
			pulled := &workerpb.Task{}
			require.NoError(t, proto.Unmarshal(message.Data(), pulled))
			found = append(found, pulled)
			require.NoError(t, message.Ack())
		}
		require.NoError(t, batch.Error())
		require.Greater(t, len(found), before, "no task came")
	}
	return found
}

func TestQueuedTasksArePulled(t *testing.T) {
	m := open(t, startServer(t).connect())
	for i := range 100 {
		m.Queue(in.Namespace, task(i))
		activity := task(i)
		activity.Type = enumspb.TASK_QUEUE_TYPE_ACTIVITY
		m.Queue(in.Namespace, activity)
	}
	for _, kind := range []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY} {
		ids := map[string]bool{}
		for _, pulled := range pull(t, m, kind, 100) {
			require.Equal(t, kind, pulled.Type)
			require.Equal(t, queueName, pulled.TaskQueue)
			ids[pulled.WorkflowId] = true
		}
		require.Len(t, ids, 100)
	}
	settled(t, m.config.Conn, 0)
}

func TestATaskThatIsQueuedIsNotQueuedTwice(t *testing.T) {
	m := open(t, startServer(t).connect())
	again := task(1)
	again.Epoch = 7 // another owner of the shard
	attempt, event, run, workflow := task(1), task(1), task(1), task(1)
	attempt.Attempt++
	event.ScheduledEventId++
	run.RunId = "another"
	workflow.WorkflowId = "another"
	for _, each := range []*workerpb.Task{task(1), task(1), again, attempt, event, run, workflow, workflow} {
		m.Queue(in.Namespace, each)
	}
	// A task behind all others says that they are settled.
	m.Queue(in.Namespace, task(99))
	settled(t, m.config.Conn, 6)
	require.Len(t, pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, 6), 6)
	settled(t, m.config.Conn, 0)
}

// A task that cannot be sent does not hold up the others.
func TestATaskThatCannotBeSent(t *testing.T) {
	m := open(t, startServer(t).connect())
	odd, large := task(1), task(2)
	odd.WorkflowId = "\xff"
	large.RunId = string(make([]byte, m.config.Conn.MaxPayload()))
	for _, each := range []*workerpb.Task{odd, large, task(3)} {
		m.Queue(in.Namespace, each)
	}
	settled(t, m.config.Conn, 1)
}

func TestKeysTellTasksApart(t *testing.T) {
	a := &workerpb.Task{WorkflowId: "ab", RunId: "c"}
	b := &workerpb.Task{WorkflowId: "a", RunId: "bc"}
	keyA, scratch := taskKey(a, nil)
	keyB, _ := taskKey(b, scratch)
	require.NotEqual(t, keyA, keyB)
	require.Len(t, keyA, 22)
}

// lossWatch queues again all that is owed, as history does.
type lossWatch struct {
	mu   sync.Mutex
	owed map[int]bool
	lost chan string
}

func watchLoss(m *Matching, count int) *lossWatch {
	w := &lossWatch{owed: map[int]bool{}, lost: make(chan string, 100)}
	for i := range count {
		w.owed[i] = true
	}
	m.OnLost(func(namespace string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for i := range w.owed {
			m.Queue(namespace, task(i))
		}
		w.lost <- namespace
	})
	return w
}

func (w *lossWatch) await(t *testing.T) {
	t.Helper()
	select {
	case namespace := <-w.lost:
		require.Equal(t, in.Namespace, namespace)
	case <-within(t).Done():
		t.Fatal("the loss was not noticed")
	}
}

func TestTasksDeletedUnderLoad(t *testing.T) {
	const count = 5000
	m := open(t, startServer(t).connect())
	w := watchLoss(m, count)
	stream := tasks(t, m.config.Conn)
	for i := range count {
		m.Queue(in.Namespace, task(i))
		if i == count/2 {
			require.NoError(t, m.js.DeleteStream(within(t), stream.CachedInfo().Config.Name))
		}
	}
	w.await(t)
	settled(t, m.config.Conn, count)
	// The queue's consumer is there again without any worker's doing.
	require.Eventually(t, func() bool {
		_, err := m.js.Consumer(within(t), stream.CachedInfo().Config.Name, api.Names{}.TaskConsumer(enumspb.TASK_QUEUE_TYPE_WORKFLOW, queueName))
		return err == nil
	}, patience, 5*time.Millisecond)
	require.Len(t, pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, count), count)
}

func TestEachProcessHearsOfALoss(t *testing.T) {
	s := startServer(t)
	quick := func(c *Config) { c.CheckInterval = 20 * time.Millisecond }
	m, other := open(t, s.connect(), quick), open(t, s.connect(), quick)
	w, otherWatch := watchLoss(m, 10), watchLoss(other, 10)
	require.NoError(t, m.js.DeleteStream(within(t), api.Names{}.TasksStream(in)))
	w.await(t)
	otherWatch.await(t)
	settled(t, m.config.Conn, 10)
}

func TestServerRestart(t *testing.T) {
	const count = 2000
	s := startServer(t)
	m := open(t, s.connect())
	w := watchLoss(m, count)
	for i := range count {
		m.Queue(in.Namespace, task(i))
		if i == count/2 {
			s.stop()
		}
	}
	s.start()
	w.await(t)
	settled(t, m.config.Conn, count)
}

func TestServerRestartWithTasksInFiles(t *testing.T) {
	const count = 2000
	s := startServer(t)
	m := open(t, s.connect(), func(c *Config) { c.FileStorage = true })
	w := watchLoss(m, count)
	for i := range count {
		m.Queue(in.Namespace, task(i))
		if i == count/2 {
			s.stop()
		}
	}
	s.start()
	settled(t, m.config.Conn, count)
	require.Empty(t, w.lost)
}

func TestConsumerLimit(t *testing.T) {
	s := startServer(t, func(o *server.Options) { o.JetStreamLimits.DefaultMaxConsumers = 1 })
	m := open(t, s.connect())
	_, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: "first", Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	require.NoError(t, err)
	_, err = m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: "second", Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	var full *serviceerror.ResourceExhausted
	require.ErrorAs(t, err, &full)
	require.Contains(t, err.Error(), `"second"`)
	// A task of such a queue waits in the stream all the same.
	m.Queue(in.Namespace, task(1))
	settled(t, m.config.Conn, 1)
}

func TestAStreamThatIsNoWorkQueue(t *testing.T) {
	conn := startServer(t).connect()
	m, err := New(Config{Conn: conn})
	require.NoError(t, err)
	config := m.config.tasksConfig(in)
	config.Retention = jetstream.LimitsPolicy
	_, err = m.js.CreateStream(within(t), config)
	require.NoError(t, err)
	err = m.OpenNamespace(within(t), in)
	var wrong *serviceerror.FailedPrecondition
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, err.Error(), config.Name)

	require.NoError(t, m.js.DeleteStream(within(t), config.Name))
	config.Name = "ANOTHER"
	_, err = m.js.CreateStream(within(t), config)
	require.NoError(t, err)
	require.ErrorAs(t, m.OpenNamespace(within(t), in), &wrong)
}

func TestManyOpenAQueueAtOnce(t *testing.T) {
	m := open(t, startServer(t).connect())
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			_, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: queueName, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
			require.NoError(t, err)
		})
	}
	all.Wait()
}

func TestStopAndCloseTwice(t *testing.T) {
	m := open(t, startServer(t).connect())
	require.NoError(t, m.Start(within(t)))
	require.NoError(t, m.OpenNamespace(within(t), in))
	m.CloseNamespace(in.Namespace)
	m.CloseNamespace(in.Namespace)
	m.Queue(in.Namespace, task(1)) // dropped, said in the log
	_, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: queueName})
	var missing *serviceerror.NamespaceNotFound
	require.ErrorAs(t, err, &missing)
	require.NoError(t, m.Stop(within(t)))
	require.NoError(t, m.Stop(within(t)))
	require.Error(t, m.OpenNamespace(within(t), in))
}
