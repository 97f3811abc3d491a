package matching

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/natstest"
)

// fetch takes messages through the consumer that OpenTaskQueue names, and leaves them unanswered.
func fetch(t *testing.T, m *Matching, count int) []jetstream.Msg {
	t.Helper()
	opened, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: queueName, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	require.NoError(t, err)
	consumer, err := m.js.Consumer(within(t), opened.Stream, opened.Consumer)
	require.NoError(t, err)
	var found []jetstream.Msg
	require.Eventually(t, func() bool {
		batch, err := consumer.Fetch(count-len(found), jetstream.FetchMaxWait(patience))
		require.NoError(t, err)
		for message := range batch.Messages() {
			found = append(found, message)
		}
		if !errors.Is(batch.Error(), nats.ErrNoResponders) { // not all of a cluster know a new consumer at once
			require.NoError(t, batch.Error())
		}
		return len(found) == count
	}, patience, time.Millisecond)
	return found
}

// acknowledgeInVain acknowledges messages of a stream that was lost: the new one keeps as many.
func acknowledgeInVain(t *testing.T, m *Matching, old []jetstream.Msg) {
	t.Helper()
	for _, message := range old {
		require.NoError(t, message.DoubleAck(within(t)))
	}
	settled(t, m.config.Conn, len(old)) // not at once: it may just be made and filled once more
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
	acknowledgeInVain(t, m, old)
}

// A TASKS in memory comes back empty, and as the stream that it was, when its server in a cluster is
// restarted.
func TestAnAcknowledgementForAnEmptiedStream(t *testing.T) {
	const count = 10
	servers := natstest.Cluster(t, 3)
	conn := servers[0].Connect(t).Conn()
	m := open(t, conn, func(c *Config) { c.CheckInterval = 50 * time.Millisecond })
	w := watchLoss(m, count)
	for i := range count {
		m.Queue(in.Namespace, task(i))
	}
	old := fetch(t, m, count)
	leader := tasks(t, conn).CachedInfo().Cluster.Leader
	for _, s := range servers {
		if s.Name() == leader {
			s.Stop()
			s.Restart(t)
		}
	}
	w.await(t)
	settled(t, conn, count)
	fetch(t, m, count)
	acknowledgeInVain(t, m, old)
}

func inFiles(c *Config) { c.FileStorage = true }

// A user who may not delete TASKS has it filled again all the same, and the log says what to allow.
func TestATasksThatCannotBeDeleted(t *testing.T) {
	const count = 10
	name := api.Names{}.TasksStream(in)
	forbidden := "$JS.API.STREAM.DELETE." + name
	s := startServer(t, func(o *server.Options) {
		o.Users = []*server.User{{Username: "narrow", Password: "secret", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Deny: []string{forbidden}},
		}}}
	})
	log := &bytes.Buffer{}
	m := open(t, s.connect(nats.UserInfo("narrow", "secret")), inFiles, func(c *Config) {
		c.Logger = zerolog.New(zerolog.SyncWriter(log)).Level(zerolog.WarnLevel)
	})
	w := watchLoss(m, count)
	for i := range count {
		m.Queue(in.Namespace, task(i))
	}
	settled(t, m.config.Conn, count)
	made := tasks(t, m.config.Conn).CachedInfo().Created
	s.emptied()
	w.await(t)
	settled(t, m.config.Conn, count)
	require.Equal(t, made, tasks(t, m.config.Conn).CachedInfo().Created)
	require.NoError(t, m.find(in.Namespace).checked(within(t)))
	require.Empty(t, w.lost, "it is lost once")
	require.NoError(t, m.Stop(within(t)))
	require.Equal(t, 1, strings.Count(log.String(), `"permission":"`+forbidden+`"`), "%s", log)
}

// A process that has put nothing into TASKS, since all that is owed was there already, notices the
// loss of it nonetheless: by what TASKS held when it was opened, and when it was last looked at.
func TestALossOfWhatOthersQueued(t *testing.T) {
	const count = 10
	s := startServer(t)
	fill := func() {
		m := open(t, s.connect(), inFiles)
		for i := range count {
			m.Queue(in.Namespace, task(i))
		}
		settled(t, m.config.Conn, count)
		require.NoError(t, m.Stop(within(t)))
	}
	for name, before := range map[string]bool{"opened": true, "looked at": false} {
		t.Run(name, func(t *testing.T) {
			conn := s.connect()
			if before {
				fill()
			}
			m := open(t, conn, inFiles)
			w := watchLoss(m, count)
			if !before {
				fill()
				require.NoError(t, m.find(in.Namespace).checked(within(t)))
			}
			require.Zero(t, m.find(in.Namespace).publisher.highest.Load())
			s.emptied()
			w.await(t)
			settled(t, conn, count)
			require.NoError(t, m.js.DeleteStream(within(t), m.config.Names.TasksStream(in)))
			require.NoError(t, m.Stop(within(t)))
		})
	}
}

// A TASKS that comes back empty and has grown beyond what it was before anybody looks is told by the
// sequences of the tasks put into it.
func TestASequenceBelowWhatWasSeen(t *testing.T) {
	m := open(t, startServer(t).connect())
	p, err := newPublisher(m.config, in.Namespace, func(queueKey) {}, func() {}, func() {})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.answers.Unsubscribe()) })
	p.seen.Store(20)
	p.acknowledged(18, 10)
	require.False(t, p.wentBack.Load(), "it was under way at the look")
	p.acknowledged(21, 20)
	require.False(t, p.wentBack.Load())
	require.EqualValues(t, 21, p.reached())
	p.acknowledged(22, 30)
	require.True(t, p.wentBack.Load())
}

// Looks at TASKS while it is filled take nothing for a loss.
func TestLooksUnderLoad(t *testing.T) {
	const count = 20_000
	m := open(t, startServer(t).connect(), func(c *Config) { c.CheckInterval = time.Millisecond })
	w := watchLoss(m, count)
	for i := range count {
		m.Queue(in.Namespace, task(i))
	}
	settled(t, m.config.Conn, count)
	require.NoError(t, m.find(in.Namespace).checked(within(t)))
	require.Empty(t, w.lost)
}

func TestWhatDeletingTakes(t *testing.T) {
	require.Equal(t, "$JS.API.STREAM.DELETE.S", (&Config{}).deleteSubject("S"))
	require.Equal(t, "$JS.hub.API.STREAM.DELETE.S", (&Config{Domain: "hub"}).deleteSubject("S"))
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
