package temporalnats

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

func TestAReplyIsMadeOfTheAnswersParts(t *testing.T) {
	task := func() *workflowservice.PollWorkflowTaskQueueResponse {
		m := &workflowservice.PollWorkflowTaskQueueResponse{
			TaskToken: []byte("token"), Attempt: 2, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "id"},
			History: &historypb.History{Events: []*historypb.HistoryEvent{{EventId: 1}, {EventId: 2}}},
		}
		m.ProtoReflect().SetUnknown([]byte{0xfa, 0x7f, 1, 'x'}) // a field of a later version
		return m
	}
	answer := task()
	out := &workflowservice.PollWorkflowTaskQueueResponse{StartedEventId: 7} // left over from another try
	takeOver(out, answer)
	require.True(t, proto.Equal(task(), out))
	require.Same(t, answer.History.Events[0], out.History.Events[0])
}
