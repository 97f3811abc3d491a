package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// Updates and a history that together are more than a message may have go to the worker with one task after the other.
func TestUpdatesThatFillAReply(t *testing.T) {
	w := newWorld()
	w.maxReply = 1 << 20
	ask := func(q proto.Message) proto.Message {
		t.Helper()
		reply, refusal, fault := w.decide(q)
		require.NoError(t, refusal)
		require.NoError(t, fault)
		require.NoError(t, w.check())
		return reply
	}
	large := &commonpb.Payloads{Payloads: []*commonpb.Payload{{Data: []byte(strings.Repeat("x", 120<<10))}}}
	ask(startRequest(words{}))
	for n := range 6 {
		ask(&workflowservice.SignalWorkflowExecutionRequest{SignalName: "s", Input: large, RequestId: fmt.Sprint(n)})
	}
	for n := range 9 {
		ask(&workflowservice.UpdateWorkflowExecutionRequest{Request: &updatepb.Request{
			Meta: &updatepb.Meta{UpdateId: fmt.Sprint("u", n)}, Input: &updatepb.Input{Name: "add", Args: large},
		}})
	}
	var seen []string
	for tries := 0; len(seen) < 9; tries++ {
		require.Less(t, tries, 9)
		reply := ask(&workerpb.StartTaskRequest{Task: w.task(enumspb.TASK_QUEUE_TYPE_WORKFLOW, ""), RequestId: fmt.Sprint("t", tries)}).(*workflowservice.PollWorkflowTaskQueueResponse)
		require.LessOrEqual(t, proto.Size(reply), w.maxReply)
		require.NotEmpty(t, reply.Messages)
		completed := &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: reply.TaskToken}
		for _, m := range reply.Messages {
			seen = append(seen, m.ProtocolInstanceId)
		}
		ask(completed) // rejects those that it has taken along
	}
	require.Len(t, seen, 9)
}
