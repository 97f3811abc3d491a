package call

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// narrow is a service, and a client that may call one method and hear answers under a prefix.
const narrow = `
authorization { users: [
  {user: service, password: p}
  {user: client, password: p, permissions: {
    publish: ["perdure.api.default.DescribeWorkflowExecution"]
    subscribe: ["_INBOX_client.>"]
  }}
]}`

func newNarrow(t *testing.T, options ...nats.Option) *fixture {
	f := &fixture{t: t, server: natstest.Start(t, natstest.Configured(t, narrow))}
	var err error
	f.conn, err = nats.Connect(f.server.ClientURL(), nats.UserInfo("service", "p"))
	require.NoError(t, err)
	f.serve(func(_ int32, m *nats.Msg) error { respond(t, m); return nil })
	require.NoError(t, f.conn.Flush())
	quiet := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	conn, err := nats.Connect(f.server.ClientURL(), append(options, nats.UserInfo("client", "p"), quiet)...)
	require.NoError(t, err)
	f.connect(conn)
	return f
}

// requireDenied takes the error of a call, whose context gives it much longer than the refusal takes.
func requireDenied(t *testing.T, err error, text string) {
	t.Helper()
	var denied *serviceerror.PermissionDenied
	require.ErrorAs(t, err, &denied)
	require.ErrorContains(t, err, text)
}

func TestAnswersThatAreRefused(t *testing.T) {
	f := newNarrow(t)
	ctx := within(t)
	requireDenied(t, f.caller.Poll(ctx, method, &workflowservice.DescribeWorkflowExecutionRequest{}, &workflowservice.DescribeWorkflowExecutionResponse{}), "Options.InboxPrefix")
	sent := f.calls.Load()
	requireDenied(t, f.describe(ctx), "Options.InboxPrefix")
	require.Equal(t, sent, f.calls.Load(), "nothing is sent whose answer cannot be heard")
}

func TestARequestThatIsRefused(t *testing.T) {
	f := newNarrow(t, nats.CustomInboxPrefix("_INBOX_client"))
	for range 2 {
		err := f.caller.Poll(within(t), "PollNothing", &workflowservice.DescribeWorkflowExecutionRequest{}, &workflowservice.DescribeWorkflowExecutionResponse{})
		requireDenied(t, err, (api.Names{}).API("default", "PollNothing"))
	}
	require.NoError(t, f.describe(within(t)))
}

// A request that takes long is not taken for one that was refused in the past.
func TestARefusalOfThePast(t *testing.T) {
	f := newNarrow(t, nats.CustomInboxPrefix("_INBOX_client"))
	subject := (api.Names{}).API("default", "PollNothing")
	require.Error(t, f.caller.Poll(within(t), "PollNothing", &workflowservice.DescribeWorkflowExecutionRequest{}, nil))
	s, _, err := f.caller.mux.take(nil)
	require.NoError(t, err)
	require.NoError(t, f.caller.mux.refused(s, nil, subject))
	f.caller.mux.giveUp(s)
}
