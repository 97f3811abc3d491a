package temporalnats

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/natstest"
)

// tasks is a service of one queue, which starts a task when it is told to.
type tasks struct {
	starting, start chan struct{}
}

func (s *tasks) Call(ctx context.Context, _ api.Door, method string, _ api.Call) (proto.Message, error) {
	if method == api.OpenTaskQueue {
		return &workerpb.OpenTaskQueueResponse{Stream: "TASKS", Consumer: "q"}, nil
	}
	close(s.starting)
	select {
	case <-s.start:
		return &workflowservice.PollActivityTaskQueueResponse{ActivityId: "started"}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// queueOf makes the queue with a task, and connects to it.
func queueOf(within context.Context, t *testing.T) *nats.Conn {
	t.Helper()
	server := natstest.Start(t)
	js := server.Connect(t)
	_, err := js.CreateStream(within, jetstream.StreamConfig{Name: "TASKS", Subjects: []string{"task"}, Retention: jetstream.WorkQueuePolicy})
	require.NoError(t, err)
	_, err = js.CreateConsumer(within, "TASKS", jetstream.ConsumerConfig{Durable: "q", AckPolicy: jetstream.AckExplicitPolicy})
	require.NoError(t, err)
	_, err = js.PublishMsg(within, &nats.Msg{Subject: "task", Data: []byte{}})
	require.NoError(t, err)
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// A task whose start has begun is its poll's, though the connection is closed meanwhile: nobody else would have it.
func TestATaskThatIsBeingStartedOutlivesClose(t *testing.T) {
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn := queueOf(within, t)
	s := &tasks{make(chan struct{}), make(chan struct{})}
	c, err := New(Config{Conn: conn, Service: s})
	require.NoError(t, err)
	reply := make(chan proto.Message, 1)
	go func() {
		r, err := c.pollActivity(within, &workflowservice.PollActivityTaskQueueRequest{Namespace: "default", TaskQueue: &taskqueuepb.TaskQueue{Name: "q"}})
		if err != nil {
			t.Error(err)
		}
		reply <- r
	}()
	<-s.starting
	closed := make(chan struct{})
	go func() {
		c.Close()
		close(closed)
	}()
	<-c.ctx.Done()
	require.Empty(t, closed)
	close(s.start)
	require.Equal(t, "started", (<-reply).(*workflowservice.PollActivityTaskQueueResponse).GetActivityId())
	<-closed
	_, _, ok := c.lasting(patience)
	require.False(t, ok)
}

// Whoever has asked a query need not wait for the end of its time when the worker's connection is closed.
func TestCloseRefusesQueries(t *testing.T) {
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn := queueOf(within, t)
	c, err := New(Config{Conn: conn})
	require.NoError(t, err)
	_, err = conn.Subscribe("ask", func(m *nats.Msg) {
		c.queries.add(m, "default", "status")
		c.Close()
	})
	require.NoError(t, err)
	reply, err := conn.RequestWithContext(within, "ask", []byte("?"))
	require.NoError(t, err)
	require.Equal(t, "UNAVAILABLE", reply.Header.Get(api.HeaderErrorCode))
}
