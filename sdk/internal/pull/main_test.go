package pull

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/internal/call"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// fixture is a work queue with one consumer, and a puller of it.
type fixture struct {
	t        *testing.T
	server   *natstest.Server
	conn     *nats.Conn
	admin    *nats.Conn
	js       jetstream.JetStream
	caller   *call.Caller
	opened   chan struct{}
	messages chan *nats.Msg
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, server: natstest.Start(t), opened: make(chan struct{}, 100), messages: make(chan *nats.Msg, 1000)}
	f.conn, f.admin = f.dial(), f.dial()
	var err error
	f.js, err = jetstream.New(f.admin)
	require.NoError(t, err)
	f.caller, err = call.New(f.conn, api.Names{}, "default")
	require.NoError(t, err)
	f.makeQueue()
	t.Cleanup(func() {
		f.caller.Close()
		f.conn.Close()
		f.admin.Close()
	})
	return f
}

// restart stops the server and starts it again at its address.
func (f *fixture) restart() {
	f.server.Stop()
	f.server.Restart(f.t)
	require.Eventually(f.t, f.admin.IsConnected, 10*time.Second, time.Millisecond)
}

func (f *fixture) dial() *nats.Conn {
	conn, err := nats.Connect(f.server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(f.t, err)
	return conn
}

func (f *fixture) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	f.t.Cleanup(cancel)
	return ctx
}

// makeQueue asks again where a server that has just started has lost the request.
func (f *fixture) makeQueue() {
	require.Eventually(f.t, func() bool {
		ctx, cancel := context.WithTimeout(f.within(), 2*time.Second)
		defer cancel()
		_, err := f.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: "TASKS", Subjects: []string{"task.>"}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.MemoryStorage})
		return err == nil
	}, 30*time.Second, time.Millisecond)
	f.makeConsumer()
}

func (f *fixture) makeConsumer() {
	_, err := f.js.CreateOrUpdateConsumer(f.within(), "TASKS", jetstream.ConsumerConfig{
		Durable: "q", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute})
	require.NoError(f.t, err)
}

func (f *fixture) publish(n int) {
	for range n {
		_, err := f.js.Publish(f.within(), "task.q", []byte("task"))
		require.NoError(f.t, err)
	}
}

func (f *fixture) info() *jetstream.ConsumerInfo {
	consumer, err := f.js.Consumer(f.within(), "TASKS", "q")
	require.NoError(f.t, err)
	return consumer.CachedInfo()
}

// run pulls until the function that it returns is called.
func (f *fixture) run(p *Puller) (stop func()) {
	p.Conn, p.Reconnected = f.conn, f.caller.Reconnected
	if p.Open == nil {
		p.Open = func(context.Context) (Source, error) {
			f.opened <- struct{}{}
			return Source{Stream: "TASKS", Consumer: "q"}, nil
		}
	}
	if p.Handle == nil {
		p.Handle = func(m *nats.Msg, _ Source) { f.messages <- m }
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		p.Run(ctx)
		close(done)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (f *fixture) receive() *nats.Msg {
	f.t.Helper()
	select {
	case m := <-f.messages:
		return m
	case <-f.within().Done():
		f.t.Fatal("no message came")
		return nil
	}
}

func (f *fixture) awaitOpened() {
	f.t.Helper()
	select {
	case <-f.opened:
	case <-f.within().Done():
		f.t.Fatal("the queue was not opened")
	}
}
