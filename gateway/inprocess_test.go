package gateway

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// A call of this process is checked, served and counted as one that came over NATS.
func TestCallsOfThisProcess(t *testing.T) {
	s := start(t)
	call := func(request proto.Message) (proto.Message, error) {
		return s.gateway.Call(within(t), api.ClientDoor, "TerminateWorkflowExecution", api.Call{Namespace: "default", Request: request})
	}
	_, err := call(&workflowservice.TerminateWorkflowExecutionRequest{})
	require.ErrorAs(t, err, new(*serviceerror.InvalidArgument))
	_, err = s.gateway.Call(within(t), api.ClientDoor, "TerminateWorkflowExecution", api.Call{Namespace: "other", Request: &workflowservice.TerminateWorkflowExecutionRequest{}})
	require.ErrorAs(t, err, new(*serviceerror.NamespaceNotFound))
	_, err = s.gateway.Call(within(t), api.ClientDoor, "NoSuchMethod", api.Call{})
	require.ErrorAs(t, err, new(*serviceerror.Unavailable))

	s.backend.panics = true
	request := &workflowservice.TerminateWorkflowExecutionRequest{}
	require.NoError(t, decode([]byte(valid["TerminateWorkflowExecution"]), true, request))
	_, err = call(request)
	require.ErrorAs(t, err, new(*serviceerror.Internal))

	require.NoError(t, s.gateway.Stop(within(t)))
	_, err = call(request)
	require.ErrorAs(t, err, new(*serviceerror.Unavailable))
}

func TestALongPollOfThisProcessEndsWithItsCaller(t *testing.T) {
	s := start(t)
	waiting := make(chan struct{})
	s.backend.execute = func(ctx context.Context, _ api.Call) (proto.Message, error) {
		close(waiting)
		<-ctx.Done()
		return &workflowservice.GetWorkflowExecutionHistoryResponse{NextPageToken: []byte("more")}, nil
	}
	ctx, cancel := context.WithCancel(within(t))
	go func() {
		<-waiting
		cancel()
	}()
	request := &workflowservice.GetWorkflowExecutionHistoryRequest{}
	require.NoError(t, decode([]byte(valid["GetWorkflowExecutionHistory"]), true, request))
	request.WaitNewEvent = true
	reply, err := s.gateway.Call(ctx, api.ClientDoor, "GetWorkflowExecutionHistory", api.Call{Namespace: "default", Request: request})
	require.NoError(t, err)
	require.Equal(t, "more", string(reply.(*workflowservice.GetWorkflowExecutionHistoryResponse).NextPageToken))
}

func TestAListOfThisProcessTellsHowFarItIsBehind(t *testing.T) {
	s := start(t)
	s.backend.lag = 2500 * time.Millisecond
	told := map[string]string{}
	ctx := api.WithNotes(within(t), func(header, value string) { told[header] = value })
	_, err := s.gateway.Call(ctx, api.ClientDoor, "ListWorkflowExecutions", api.Call{Namespace: "default", Request: &workflowservice.ListWorkflowExecutionsRequest{}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{api.HeaderIndexLag: "2.5s"}, told)
}
