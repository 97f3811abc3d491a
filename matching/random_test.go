package matching

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// owing is what history would owe: tasks queued and not pulled yet.
type owing struct {
	mu    sync.Mutex
	tasks map[string]*workerpb.Task
}

func (o *owing) add(task *workerpb.Task) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tasks[task.WorkflowId] = task
}

func (o *owing) done(task *workerpb.Task) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.tasks, task.WorkflowId)
}

func (o *owing) each(f func(*workerpb.Task)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, task := range o.tasks {
		f(task)
	}
}

func (o *owing) count() (n int) {
	o.each(func(*workerpb.Task) { n++ })
	return n
}

// Whatever is queued, pulled and deleted, in any order: no task that is owed is lost.
func TestNoTaskIsLost(t *testing.T) {
	conn := startServer(t).connect()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		in := api.Incarnation{Namespace: fmt.Sprintf("random-%d", round), Number: 1}
		m, err := New(Config{Conn: conn, CheckInterval: 10 * time.Millisecond, InFlight: rapid.IntRange(1, 8).Draw(rt, "in flight")})
		require.NoError(rt, err)
		owed := &owing{tasks: map[string]*workerpb.Task{}}
		m.OnLost(func(namespace string) {
			owed.each(func(task *workerpb.Task) { m.Queue(namespace, task) })
		})
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(rt, m.OpenNamespace(ctx, in))
		name := m.config.Names.TasksStream(in)
		for i, op := range rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(rt, "operations") {
			switch {
			case op < 7:
				owed.add(task(i))
				m.Queue(in.Namespace, task(i))
			case op < 9:
				pullSome(ctx, rt, m, in, owed)
			default:
				_ = m.js.DeleteStream(ctx, name) // it may be gone already
			}
		}
		for owed.count() > 0 {
			require.NoError(rt, ctx.Err(), "%d tasks are lost", owed.count())
			pullSome(ctx, rt, m, in, owed)
		}
		require.NoError(rt, m.Stop(ctx))
	})
}

// pullSome pulls what is there. The stream may vanish meanwhile.
func pullSome(ctx context.Context, t require.TestingT, m *Matching, in api.Incarnation, owed *owing) {
	opened, err := m.OpenTaskQueue(ctx, in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: queueName, Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	if err != nil {
		return
	}
	consumer, err := m.js.Consumer(ctx, opened.Stream, opened.Consumer)
	if err != nil {
		return
	}
	batch, err := consumer.Fetch(5, jetstream.FetchMaxWait(20*time.Millisecond))
	if err != nil {
		return
	}
	for message := range batch.Messages() {
		pulled := &workerpb.Task{}
		require.NoError(t, proto.Unmarshal(message.Data(), pulled))
		owed.done(pulled)
		require.NoError(t, message.Ack())
	}
}
