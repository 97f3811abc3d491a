package webui

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// door answers a few methods, as the gRPC door would.
type door struct {
	workflowservice.UnimplementedWorkflowServiceServer
	waiting chan struct{} // gets a value when a history is waited for
}

func (door) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{ServerVersion: "1.32.0"}, nil
}

func (door) DescribeNamespace(_ context.Context, r *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return nil, serviceErrorStatus(serviceerror.NewNamespaceNotFound(r.GetNamespace()))
}

func (door) SignalWorkflowExecution(context.Context, *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (d door) GetWorkflowExecutionHistory(ctx context.Context, r *workflowservice.GetWorkflowExecutionHistoryRequest) (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
	if r.GetWaitNewEvent() {
		d.waiting <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &workflowservice.GetWorkflowExecutionHistoryResponse{
		History: &historypb.History{Events: []*historypb.HistoryEvent{{EventId: 1}}},
	}, nil
}

func serviceErrorStatus(err error) error {
	return status.ErrorProto(serviceerror.ToStatus(err).Proto())
}

// startDoor serves d until the test ends.
func startDoor(t *testing.T, d door) grpc.ClientConnInterface {
	t.Helper()
	listener := listen(t)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, d)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-served)
	})
	return conn
}

// away is a service that nobody answers.
type away struct{ grpc.ClientConnInterface }

func (away) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return status.Error(codes.Unavailable, "nobody is there")
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// startUI serves pages until the test ends.
func startUI(t *testing.T, d door) *UI {
	t.Helper()
	u, err := New(Config{Listener: listen(t), Service: startDoor(t, d), Logger: zerolog.New(zerolog.NewTestWriter(t))})
	require.NoError(t, err)
	require.NoError(t, u.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, u.Stop(within(t))) })
	return u
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// get is the status, the headers and the body of one page or call.
func get(t *testing.T, u *UI, path string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(within(t), http.MethodGet, u.URL()+path, nil)
	require.NoError(t, err)
	return send(t, request)
}

func send(t *testing.T, request *http.Request) (int, http.Header, string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	reply, err := (&http.Client{Transport: transport}).Do(request)
	require.NoError(t, err)
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	return reply.StatusCode, reply.Header, string(body)
}
