package gateway

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// longest bounds every wait; nothing is measured with it.
const longest = 30 * time.Second

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	t.Cleanup(cancel)
	return ctx
}

// backend stands behind the gateway. What is not set answers with an empty reply.
type backend struct {
	execute func(ctx context.Context, call api.Call) (proto.Message, error)
	panics  bool
	// noStarts is why no workflows may be started.
	noStarts error
	calls    atomic.Int64
	// executions are what is listed, and lag how far that is behind.
	executions []*workflowpb.WorkflowExecutionInfo
	lag        time.Duration
}

func (b *backend) Execute(ctx context.Context, call api.Call, done func(proto.Message, error)) {
	b.calls.Add(1)
	if b.panics {
		panic("secret")
	}
	if b.execute != nil {
		go func() { done(b.execute(ctx, call)) }()
		return
	}
	done(replyTo(call.Request), nil)
}

func (b *backend) OpenTaskQueue(_ context.Context, _ string, r *workerpb.OpenTaskQueueRequest) (*workerpb.OpenTaskQueueResponse, error) {
	b.calls.Add(1)
	return &workerpb.OpenTaskQueueResponse{Consumer: r.TaskQueue}, nil
}

func (b *backend) DescribeTaskQueue(context.Context, string, *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	b.calls.Add(1)
	return &workflowservice.DescribeTaskQueueResponse{}, nil
}

func (b *backend) ListTaskQueuePartitions(context.Context, string, *workflowservice.ListTaskQueuePartitionsRequest) (*workflowservice.ListTaskQueuePartitionsResponse, error) {
	b.calls.Add(1)
	return &workflowservice.ListTaskQueuePartitionsResponse{}, nil
}

func (b *backend) ShutdownWorker(context.Context, string, *workflowservice.ShutdownWorkerRequest) (*workflowservice.ShutdownWorkerResponse, error) {
	b.calls.Add(1)
	return &workflowservice.ShutdownWorkerResponse{}, nil
}

func (b *backend) RegisterNamespace(context.Context, *workflowservice.RegisterNamespaceRequest) (*workflowservice.RegisterNamespaceResponse, error) {
	b.calls.Add(1)
	return &workflowservice.RegisterNamespaceResponse{}, nil
}

func (b *backend) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	b.calls.Add(1)
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

func (b *backend) ListNamespaces(context.Context, *workflowservice.ListNamespacesRequest) (*workflowservice.ListNamespacesResponse, error) {
	b.calls.Add(1)
	return &workflowservice.ListNamespacesResponse{}, nil
}

func (b *backend) UpdateNamespace(context.Context, *workflowservice.UpdateNamespaceRequest) (*workflowservice.UpdateNamespaceResponse, error) {
	b.calls.Add(1)
	return &workflowservice.UpdateNamespaceResponse{}, nil
}

func (b *backend) DeprecateNamespace(context.Context, *workflowservice.DeprecateNamespaceRequest) (*workflowservice.DeprecateNamespaceResponse, error) {
	b.calls.Add(1)
	return &workflowservice.DeprecateNamespaceResponse{}, nil
}

func (b *backend) DeleteNamespace(context.Context, *operatorservice.DeleteNamespaceRequest) (*operatorservice.DeleteNamespaceResponse, error) {
	b.calls.Add(1)
	return &operatorservice.DeleteNamespaceResponse{}, nil
}

func (b *backend) AddSearchAttributes(context.Context, *operatorservice.AddSearchAttributesRequest) (*operatorservice.AddSearchAttributesResponse, error) {
	b.calls.Add(1)
	return &operatorservice.AddSearchAttributesResponse{}, nil
}

func (b *backend) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error) {
	b.calls.Add(1)
	return &operatorservice.ListSearchAttributesResponse{}, nil
}

func (b *backend) RemoveSearchAttributes(context.Context, *operatorservice.RemoveSearchAttributesRequest) (*operatorservice.RemoveSearchAttributesResponse, error) {
	b.calls.Add(1)
	return &operatorservice.RemoveSearchAttributesResponse{}, nil
}

func (b *backend) DescribePayloads(context.Context, string, *payloadpb.DescribePayloadsRequest) (*payloadpb.DescribePayloadsResponse, error) {
	b.calls.Add(1)
	return &payloadpb.DescribePayloadsResponse{Bucket: "b"}, nil
}

func (b *backend) GetSearchAttributes(context.Context, *workflowservice.GetSearchAttributesRequest) (*workflowservice.GetSearchAttributesResponse, error) {
	b.calls.Add(1)
	return &workflowservice.GetSearchAttributesResponse{}, nil
}

func (b *backend) Exists(namespace string) error {
	if namespace != "default" {
		return serviceerror.NewNamespaceNotFound(namespace)
	}
	return nil
}

func (b *backend) SearchAttributes(string) api.SearchAttributeTypes {
	return api.SearchAttributeTypes{"Customer": enumspb.INDEXED_VALUE_TYPE_KEYWORD}
}

func (b *backend) TakesStarts(string) error { return b.noStarts }

// replyTo is the empty reply of the method that has the request.
func replyTo(request proto.Message) proto.Message {
	for _, door := range doors {
		for _, m := range api.Methods(door.door) {
			if m.NewRequest().ProtoReflect().Descriptor() == request.ProtoReflect().Descriptor() {
				return m.NewReply()
			}
		}
	}
	return nil
}

// started is a gateway on a server of its own, and a caller's connection.
type started struct {
	t       testing.TB
	gateway *Gateway
	backend *backend
	server  *server.Server
	conn    *nats.Conn
}

func start(t testing.TB, change ...func(*Config)) *started {
	t.Helper()
	s := natstest.Start(t, func(o *server.Options) { o.DontListen = true }).Server
	b := &backend{}
	config := Config{Conn: connect(t, s), History: b, Matching: b, Visibility: b, Namespaces: b, Version: "1.2.3"}
	for _, f := range change {
		f(&config)
	}
	g, err := New(config)
	require.NoError(t, err)
	require.NoError(t, g.Start(within(t)))
	t.Cleanup(func() { _ = g.Stop(within(t)) })
	return &started{t: t, gateway: g, backend: b, server: s, conn: connect(t, s)}
}

func connect(t testing.TB, s *server.Server) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect("", nats.InProcessServer(s))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// ask sends a body and returns the reply, or the error that it stands for. Every
// reply has a header and a body.
func (s *started) ask(subject, contentType, body string) (*nats.Msg, error) {
	s.t.Helper()
	m := &nats.Msg{Subject: subject, Data: []byte(body), Header: nats.Header{}}
	if contentType != "" {
		m.Header.Set(api.HeaderContentType, contentType)
	}
	reply, err := s.conn.RequestMsgWithContext(within(s.t), m)
	require.NoError(s.t, err)
	require.NotEmpty(s.t, reply.Data)
	kind := reply.Header.Get(api.HeaderContentType)
	require.NotEmpty(s.t, kind)
	if code := reply.Header.Get(api.HeaderErrorCode); code != "" {
		return reply, api.DecodeError(code, reply.Header.Get(api.HeaderError), reply.Data, kind == api.ContentJSON)
	}
	return reply, nil
}

func encoded(t testing.TB, m proto.Message) string {
	t.Helper()
	body, err := proto.Marshal(m)
	require.NoError(t, err)
	return string(body)
}
