package matching

import (
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/workerpb"
)

// fetch takes messages through the consumer that OpenTaskQueue names, and leaves them unanswered.
func fetch(t *testing.T, m *Matching, count int) []jetstream.Msg {
	t.Helper()
	opened, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: queueName, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	require.NoError(t, err)
	consumer, err := m.js.Consumer(within(t), opened.Stream, opened.Consumer)
	require.NoError(t, err)
	batch, err := consumer.Fetch(count, jetstream.FetchMaxWait(patience))
	require.NoError(t, err)
	var found []jetstream.Msg
	for message := range batch.Messages() {
		found = append(found, message)
	}
	require.NoError(t, batch.Error())
	require.Len(t, found, count)
	return found
}

// A worker that has taken tasks acknowledges them when TASKS was lost and made anew, and a worker
// that has taken the new stream's tasks dies: they must still be there.
func TestAnAcknowledgementForALostStream(t *testing.T) {
	const count = 10
	m := open(t, startServer(t).connect())
	w := watchLoss(m, count)
	for i := range count {
		m.Queue(in.Namespace, task(i))
	}
	old := fetch(t, m, count)
	require.NoError(t, m.js.DeleteStream(within(t), tasks(t, m.config.Conn).CachedInfo().Config.Name))
	m.find(in.Namespace).suspect()
	w.await(t)
	settled(t, m.config.Conn, count)
	fetch(t, m, count)
	for _, message := range old {
		require.NoError(t, message.DoubleAck(within(t)))
	}
	info, err := tasks(t, m.config.Conn).Info(within(t))
	require.NoError(t, err)
	require.EqualValues(t, count, info.State.Msgs, "tasks of the new stream are gone")
}

func TestWhereATasksBegins(t *testing.T) {
	now := uint64(time.Now().UnixMicro())
	require.GreaterOrEqual(t, firstSequence(0), now)
	require.Equal(t, now<<1+1, firstSequence(now<<1), "the clock of who made the last one was ahead")
}

// Several processes make what is absent at the same time: one stream comes of it.
func TestManyMakeTasksAtOnce(t *testing.T) {
	m := open(t, startServer(t).connect())
	require.NoError(t, m.js.DeleteStream(within(t), m.config.Names.TasksStream(in)))
	var all sync.WaitGroup
	made := make(chan time.Time, 50)
	for range cap(made) {
		all.Go(func() {
			info, err := m.makeTasks(within(t), in, 0)
			require.NoError(t, err)
			made <- info.Created
		})
	}
	all.Wait()
	first := <-made
	for range cap(made) - 1 {
		require.Equal(t, first, <-made)
	}
}
