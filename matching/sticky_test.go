package matching

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// sticky1 sends a task to worker w1 and waits for the answer.
func sticky1(t *testing.T, m *Matching, task *workflowservice.PollWorkflowTaskQueueResponse) bool {
	t.Helper()
	answers := make(chan bool, 2)
	m.Sticky(in.Namespace, queueName, "w1", task, func(accepted bool) { answers <- accepted })
	select {
	case accepted := <-answers:
		require.Empty(t, answers, "answered twice")
		return accepted
	case <-within(t).Done():
		t.Fatal("no answer")
		return false
	}
}

// worker answers what comes on a subject.
func worker(t *testing.T, conn *nats.Conn, subject string, answer func(*nats.Msg)) {
	t.Helper()
	sub, err := conn.Subscribe(subject, answer)
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	t.Cleanup(func() { _ = sub.Unsubscribe() })
}

func accept(m *nats.Msg) {
	_ = m.RespondMsg(&nats.Msg{Header: nats.Header{api.HeaderAccepted: {"true"}}, Data: []byte("ok")})
}

func TestStickyTaskIsAccepted(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect())
	sent := &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte("token"), Attempt: 1}
	got := make(chan *workflowservice.PollWorkflowTaskQueueResponse, 1)
	worker(t, s.connect(), api.Names{}.Sticky(in.Namespace, queueName, "w1"), func(message *nats.Msg) {
		task := &workflowservice.PollWorkflowTaskQueueResponse{}
		if proto.Unmarshal(message.Data, task) == nil {
			got <- task
		}
		accept(message)
		accept(message) // a second answer counts for nothing
	})
	require.True(t, sticky1(t, m, sent))
	require.True(t, proto.Equal(sent, <-got))
}

func TestStickyTaskIsRefused(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect())
	worker(t, s.connect(), api.Names{}.Sticky(in.Namespace, queueName, "w1"), func(message *nats.Msg) {
		_ = message.RespondMsg(&nats.Msg{Header: nats.Header{api.HeaderAccepted: {"false"}}, Data: []byte("no")})
	})
	require.False(t, sticky1(t, m, &workflowservice.PollWorkflowTaskQueueResponse{}))
}

func TestStickyTaskWithoutWorker(t *testing.T) {
	// With a time-out that no test outlives: nobody there is known at once.
	m := open(t, startServer(t).connect(), func(c *Config) { c.StickyTimeout = time.Hour })
	require.False(t, sticky1(t, m, &workflowservice.PollWorkflowTaskQueueResponse{}))
	tooLarge := &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: make([]byte, m.config.Conn.MaxPayload())}
	require.False(t, sticky1(t, m, tooLarge))
}

func TestStickyTaskThatNobodyAnswers(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect(), func(c *Config) { c.StickyTimeout = 10 * time.Millisecond })
	worker(t, s.connect(), api.Names{}.Sticky(in.Namespace, queueName, "w1"), func(*nats.Msg) {})
	require.False(t, sticky1(t, m, &workflowservice.PollWorkflowTaskQueueResponse{}))
}

func TestStopAnswersAllStickyTasks(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect(), func(c *Config) { c.StickyTimeout = time.Hour })
	worker(t, s.connect(), api.Names{}.Sticky(in.Namespace, queueName, "w1"), func(*nats.Msg) {})
	var answered sync.WaitGroup
	send := func() {
		answered.Add(1)
		m.Sticky(in.Namespace, queueName, "w1", &workflowservice.PollWorkflowTaskQueueResponse{}, func(accepted bool) {
			require.False(t, accepted)
			answered.Done() // a second answer would panic
		})
	}
	for range 100 {
		send()
	}
	require.NoError(t, m.Stop(within(t)))
	send()
	answered.Wait()
}

func TestManyStickyTasks(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect(), func(c *Config) { c.StickyTimeout = patience })
	worker(t, s.connect(), api.Names{}.Sticky(in.Namespace, queueName, "w1"), accept)
	var answered sync.WaitGroup
	for range 5000 {
		answered.Add(1)
		m.Sticky(in.Namespace, queueName, "w1", &workflowservice.PollWorkflowTaskQueueResponse{}, func(accepted bool) {
			require.True(t, accepted)
			answered.Done()
		})
	}
	answered.Wait()
}

func TestQuery(t *testing.T) {
	s := startServer(t)
	m := open(t, s.connect())
	other := s.connect()
	asked := &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte("query")}

	_, err := m.Query(within(t), in.Namespace, queueName, "", asked)
	var nobody *serviceerror.FailedPrecondition
	require.ErrorAs(t, err, &nobody)
	require.Contains(t, err.Error(), queueName)

	worker(t, other, api.Names{}.Query(in.Namespace, queueName), func(message *nats.Msg) {
		answer, _ := proto.Marshal(&workflowservice.RespondQueryTaskCompletedRequest{TaskToken: []byte("any")})
		_ = message.Respond(answer)
	})
	worker(t, other, api.Names{}.Sticky(in.Namespace, queueName, "w1"), func(message *nats.Msg) {
		code, text, body := api.EncodeError(serviceerror.NewFailedPrecondition("not in the cache"), false)
		_ = message.RespondMsg(&nats.Msg{Header: nats.Header{api.HeaderErrorCode: {code}, api.HeaderError: {text}}, Data: body})
	})
	worker(t, other, api.Names{}.Sticky(in.Namespace, queueName, "w2"), func(message *nats.Msg) { _ = message.Respond([]byte{0xff}) })
	worker(t, other, api.Names{}.Sticky(in.Namespace, queueName, "w3"), func(*nats.Msg) {})

	answer, err := m.Query(within(t), in.Namespace, queueName, "", asked)
	require.NoError(t, err)
	require.Equal(t, "any", string(answer.TaskToken))

	_, err = m.Query(within(t), in.Namespace, queueName, "w1", asked)
	require.ErrorAs(t, err, &nobody)
	require.Equal(t, "not in the cache", err.Error())

	_, err = m.Query(within(t), in.Namespace, queueName, "w2", asked)
	var broken *serviceerror.Internal
	require.ErrorAs(t, err, &broken)

	ctx, cancel := context.WithTimeout(within(t), 10*time.Millisecond)
	defer cancel()
	_, err = m.Query(ctx, in.Namespace, queueName, "w3", asked)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	asked.TaskToken = make([]byte, other.MaxPayload())
	_, err = m.Query(within(t), in.Namespace, queueName, "w1", asked)
	var invalid *serviceerror.InvalidArgument
	require.ErrorAs(t, err, &invalid)
}
