package e2e

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/sdk/client"
)

// call calls a method at the clients' door once, without the SDK's retries.
func call(t testing.TB, c *client.Client, method string, request proto.Message) error {
	t.Helper()
	return rpc.Call(within(t), c.Conn(), names.API(first.Namespace, method), request, replyOf(t, api.ClientDoor, method))
}

// replyOf is an empty reply of the method.
func replyOf(t testing.TB, door api.Door, method string) proto.Message {
	t.Helper()
	for _, m := range api.Methods(door) {
		if m.Name == method {
			return m.NewReply()
		}
	}
	require.Fail(t, "no method", method)
	return nil
}

func signalRequest(id string) *workflowservice.SignalWorkflowExecutionRequest {
	return &workflowservice.SignalWorkflowExecutionRequest{
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id}, SignalName: wake.Name(), RequestId: uuid.NewString(),
		Input: &commonpb.Payloads{Payloads: []*commonpb.Payload{{
			Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"signal"`),
		}}},
	}
}
