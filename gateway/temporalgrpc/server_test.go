package temporalgrpc

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// serve answers as the function does.
type serve func(ctx context.Context, fullMethod string, request proto.Message) (proto.Message, error)

func (s serve) Call(ctx context.Context, fullMethod string, request proto.Message) (proto.Message, error) {
	return s(ctx, fullMethod, request)
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// start starts a server and connects to it.
func start(t *testing.T, config Config, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	config.Listen = "127.0.0.1:0"
	s, err := New(config)
	require.NoError(t, err)
	require.NoError(t, s.Start(within(t)))
	t.Cleanup(func() { require.NoError(t, s.Stop(within(t))) })
	return connectTo(t, s, options...)
}

func connectTo(t *testing.T, s *Server, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.Addr(), append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestEveryMethodReachesTheService(t *testing.T) {
	called := map[string]proto.Message{}
	conn := start(t, Config{Service: serve(func(_ context.Context, method string, request proto.Message) (proto.Message, error) {
		called[method] = request
		return nil, serviceerror.NewNotFound("no such thing")
	})})
	for _, service := range services() {
		for _, method := range service.Methods {
			name := "/" + service.ServiceName + "/" + method.MethodName
			err := conn.Invoke(within(t), name, &workflowservice.GetSystemInfoRequest{}, &workflowservice.GetSystemInfoResponse{})
			require.Equal(t, codes.NotFound, status.Code(err), name)
			request := called[name]
			require.NotNil(t, request, name)
			require.Equal(t, method.MethodName+"Request", string(request.ProtoReflect().Descriptor().Name()))
		}
	}
}

func TestErrorsKeepTheirDetails(t *testing.T) {
	conn := start(t, Config{Service: serve(func(context.Context, string, proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("it runs", "request", "run")
	})})
	_, err := workflowservice.NewWorkflowServiceClient(conn).StartWorkflowExecution(within(t), &workflowservice.StartWorkflowExecutionRequest{})
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, serviceerror.FromStatus(status.Convert(err)), &started)
	require.Equal(t, "run", started.RunId)
}

func TestTheHeaderNamesANamespaceThatTheRequestDoesNot(t *testing.T) {
	conn := start(t, Config{Service: serve(func(_ context.Context, _ string, request proto.Message) (proto.Message, error) {
		named := request.(interface{ GetNamespace() string }).GetNamespace()
		return nil, serviceerror.NewNamespaceNotFound(named)
	})})
	client := workflowservice.NewWorkflowServiceClient(conn)
	ctx := metadata.AppendToOutgoingContext(within(t), namespaceHeader, "header")
	requireNamed := func(want string, err error) {
		t.Helper()
		var unknown *serviceerror.NamespaceNotFound
		require.ErrorAs(t, serviceerror.FromStatus(status.Convert(err)), &unknown)
		require.Equal(t, want, unknown.Namespace)
	}
	_, err := client.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{})
	requireNamed("header", err)
	_, err = client.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: "request"})
	requireNamed("request", err)

	// What is about a namespace is about the one that the request names.
	_, err = client.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Id: "id"})
	requireNamed("", err)
	_, err = operatorservice.NewOperatorServiceClient(conn).DeleteNamespace(ctx, &operatorservice.DeleteNamespaceRequest{})
	requireNamed("", err)
}

func TestHealthAndCompression(t *testing.T) {
	conn := start(t, Config{Service: serve(func(context.Context, string, proto.Message) (proto.Message, error) {
		return &operatorservice.ListSearchAttributesResponse{StorageSchema: map[string]string{"a": strings.Repeat("b", 1000)}}, nil
	})}, grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)))
	for _, service := range []string{"", "temporal.api.workflowservice.v1.WorkflowService", "temporal.api.operatorservice.v1.OperatorService"} {
		reply, err := grpc_health_v1.NewHealthClient(conn).Check(within(t), &grpc_health_v1.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		require.Equal(t, grpc_health_v1.HealthCheckResponse_SERVING, reply.Status, service)
	}
	reply, err := operatorservice.NewOperatorServiceClient(conn).ListSearchAttributes(within(t), &operatorservice.ListSearchAttributesRequest{})
	require.NoError(t, err)
	require.Len(t, reply.StorageSchema["a"], 1000)
}

func TestAPanicIsOneCalls(t *testing.T) {
	var log bytes.Buffer
	conn := start(t, Config{Logger: zerolog.New(&log), Service: serve(func(_ context.Context, method string, _ proto.Message) (proto.Message, error) {
		if strings.HasSuffix(method, "GetClusterInfo") {
			panic("secret")
		}
		return &workflowservice.GetSystemInfoResponse{ServerVersion: "1"}, nil
	})})
	client := workflowservice.NewWorkflowServiceClient(conn)
	_, err := client.GetClusterInfo(within(t), &workflowservice.GetClusterInfoRequest{})
	require.Equal(t, codes.Internal, status.Code(err))
	require.NotContains(t, err.Error()+log.String(), "secret")
	_, err = client.GetSystemInfo(within(t), &workflowservice.GetSystemInfoRequest{})
	require.NoError(t, err)
}

func TestACallEndsWithItsCaller(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	conn := start(t, Config{Service: serve(func(ctx context.Context, _ string, _ proto.Message) (proto.Message, error) {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})})
	ctx, cancel := context.WithCancel(within(t))
	go func() {
		<-began
		cancel()
	}()
	_, err := workflowservice.NewWorkflowServiceClient(conn).PollWorkflowTaskQueue(ctx, &workflowservice.PollWorkflowTaskQueueRequest{})
	require.Equal(t, codes.Canceled, status.Code(err))
	require.ErrorIs(t, <-ended, context.Canceled)
}

// What takes its time is cut off when the stop's time is over.
func TestAStopDoesNotWaitForEver(t *testing.T) {
	began := make(chan struct{})
	s, err := New(Config{Listen: "127.0.0.1:0", Service: serve(func(ctx context.Context, _ string, _ proto.Message) (proto.Message, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	})})
	require.NoError(t, err)
	require.NoError(t, s.Start(within(t)))
	conn, err := grpc.NewClient(s.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	failed := make(chan error, 1)
	go func() {
		_, err := workflowservice.NewWorkflowServiceClient(conn).PollWorkflowTaskQueue(within(t), &workflowservice.PollWorkflowTaskQueueRequest{})
		failed <- err
	}()
	<-began
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Stop(ctx), context.DeadlineExceeded)
	require.Error(t, <-failed)
	require.NoError(t, s.Stop(within(t)))
}

func TestBadSettings(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	service := serve(func(context.Context, string, proto.Message) (proto.Message, error) { return nil, errors.New("never") })
	for name, config := range map[string]Config{
		"service":     {},
		"give both":   {Service: service, TLS: TLS{Cert: empty}},
		"certificate": {Service: service, TLS: TLS{Cert: empty, Key: empty}},
		"no such":     {Service: service, TLS: TLS{Cert: filepath.Join(folder, "absent"), Key: empty}},
	} {
		_, err := New(config)
		require.ErrorContains(t, err, name)
	}
	s, err := New(Config{Service: service, Listen: "256.0.0.1:0"})
	require.NoError(t, err)
	require.ErrorContains(t, s.Start(within(t)), "listening for gRPC")
	require.NoError(t, s.Stop(within(t)))
}

func TestHeadersOfAReply(t *testing.T) {
	conn := start(t, Config{Service: serve(func(ctx context.Context, _ string, _ proto.Message) (proto.Message, error) {
		api.Note(ctx, api.HeaderIndexLag, "2.5s")
		return &workflowservice.ListWorkflowExecutionsResponse{}, nil
	})})
	var header metadata.MD
	_, err := workflowservice.NewWorkflowServiceClient(conn).ListWorkflowExecutions(within(t), &workflowservice.ListWorkflowExecutionsRequest{}, grpc.Header(&header))
	require.NoError(t, err)
	require.Equal(t, []string{"2.5s"}, header.Get(api.HeaderIndexLag))
}
