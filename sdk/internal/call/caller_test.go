package call

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const method = "DescribeWorkflowExecution"

type fixture struct {
	t      *testing.T
	server *natstest.Server
	conn   *nats.Conn
	caller *Caller
	calls  atomic.Int32
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, server: natstest.Start(t)}
	conn, err := nats.Connect(f.server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	f.conn = conn
	f.connect(conn)
	return f
}

// connect makes the caller on a connection; the fixture's own is the service's.
func (f *fixture) connect(conn *nats.Conn) {
	var err error
	f.caller, err = New(conn, api.Names{}, "default")
	require.NoError(f.t, err)
	f.t.Cleanup(func() {
		f.caller.Close()
		f.caller.Close()
		conn.Close()
		f.conn.Close()
	})
}

// serve answers the n-th call with what answer gives; nil gives no answer at all.
func (f *fixture) serve(answer func(n int32, m *nats.Msg) error) {
	_, err := f.conn.Subscribe((api.Names{}).API("default", method), func(m *nats.Msg) {
		err := answer(f.calls.Add(1), m)
		if err == nil {
			return
		}
		code, text, body := api.EncodeError(err, false)
		_ = m.RespondMsg(&nats.Msg{Header: nats.Header{api.HeaderErrorCode: {code}, api.HeaderError: {text}}, Data: body})
	})
	require.NoError(f.t, err)
}

func respond(t *testing.T, m *nats.Msg) {
	body, err := proto.Marshal(&workflowservice.DescribeWorkflowExecutionResponse{})
	require.NoError(t, err)
	require.NoError(t, m.RespondMsg(&nats.Msg{Header: nats.Header{"X": {"y"}}, Data: body}))
}

func (f *fixture) describe(ctx context.Context) error {
	return f.caller.API(ctx, method, &workflowservice.DescribeWorkflowExecutionRequest{}, &workflowservice.DescribeWorkflowExecutionResponse{})
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestUnavailableIsTriedAgain(t *testing.T) {
	f := newFixture(t)
	f.serve(func(n int32, m *nats.Msg) error {
		if n < 4 {
			return serviceerror.NewUnavailable("not yet")
		}
		respond(t, m)
		return nil
	})
	require.NoError(t, f.describe(within(t)))
	require.EqualValues(t, 4, f.calls.Load())
}

func TestOtherErrorsAreNot(t *testing.T) {
	f := newFixture(t)
	f.serve(func(int32, *nats.Msg) error { return serviceerror.NewNotFound("no such workflow") })
	var notFound *serviceerror.NotFound
	require.ErrorAs(t, f.describe(within(t)), &notFound)
	require.EqualValues(t, 1, f.calls.Load())
}

func TestNobodyThere(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err := f.describe(ctx)
	var unavailable *serviceerror.Unavailable
	require.ErrorAs(t, err, &unavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "perdure server")
}

func TestALostAnswerDoesNotCostTheWholeTime(t *testing.T) {
	f := newFixture(t)
	f.serve(func(n int32, m *nats.Msg) error {
		if n > 1 {
			respond(t, m)
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	require.NoError(t, f.describe(ctx))
	require.EqualValues(t, 2, f.calls.Load())
}

func TestAnAnswerThatIsLostWithTheConnection(t *testing.T) {
	f := newFixture(t)
	asked := make(chan struct{})
	f.serve(func(n int32, m *nats.Msg) error {
		if n == 1 {
			close(asked)
			return nil
		}
		respond(t, m)
		return nil
	})
	done := make(chan error, 1)
	go func() {
		done <- f.caller.Poll(within(t), method, &workflowservice.DescribeWorkflowExecutionRequest{}, &workflowservice.DescribeWorkflowExecutionResponse{})
	}()
	<-asked
	f.server.Stop()
	f.server.Restart(t)
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(poll.try / 2):
		t.Fatal("it waits for the answer to the old connection")
	}
}

// A call that is made while the connection is down goes out once, when it is back.
func TestACallWhileTheConnectionIsDown(t *testing.T) {
	f := newFixture(t)
	f.serve(func(_ int32, m *nats.Msg) error {
		respond(t, m)
		return nil
	})
	down := f.conn.StatusChanged(nats.RECONNECTING)
	f.server.Stop()
	<-down
	ctx := &watchedContext{Context: within(t), watched: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- f.describe(ctx) }()
	<-ctx.watched
	f.server.Restart(t)
	require.NoError(t, <-done)
	require.EqualValues(t, 1, f.calls.Load())
}

// A call on the new connection is not ended by the word of the change, which comes later: it would be sent twice.
func TestTheWordOfTheNewConnectionComesLate(t *testing.T) {
	f := newFixture(t)
	l := newLink(f.conn)
	defer f.conn.RemoveStatusListener(l.status)
	first := l.generation()
	f.server.Stop()
	f.server.Restart(t)
	require.Equal(t, nats.CONNECTED, <-l.status)
	second, connected := l.now()
	require.True(t, connected)
	require.Error(t, first.Err())
	l.handle(nats.CONNECTED)
	require.NoError(t, second.Err())
	l.handle(nats.CLOSED)
	require.Error(t, second.Err())
}

// watchedContext tells when somebody first waits for its end.
type watchedContext struct {
	context.Context
	watched chan struct{}
	once    sync.Once
}

func (c *watchedContext) Done() <-chan struct{} {
	c.once.Do(func() { close(c.watched) })
	return c.Context.Done()
}

func TestACanceledContextAndAClosedConnection(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, f.describe(ctx), context.Canceled)
	f.conn.Close()
	require.ErrorIs(t, f.describe(within(t)), nats.ErrConnectionClosed)
}

func TestBackoffGrowsAndStops(t *testing.T) {
	var b Backoff
	var last time.Duration
	for range 20 {
		last = b.Next()
		require.LessOrEqual(t, last, lastWait)
	}
	require.GreaterOrEqual(t, last, lastWait/2)
}
