package temporalnats

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// eventsFrom are some events of signals, and two of a workflow task that may not be written yet.
func eventsFrom(first int64, signals int) *historypb.History {
	page := &historypb.History{}
	add := func(kind enumspb.EventType) {
		page.Events = append(page.Events, &historypb.HistoryEvent{EventId: first + int64(len(page.Events)), EventType: kind})
	}
	for range signals {
		add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
	}
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED)
	return page
}

func tokenOf(t *testing.T, encoded []byte) *workerpb.HistoryToken {
	t.Helper()
	token := &workerpb.HistoryToken{}
	require.NoError(t, proto.Unmarshal(encoded, token))
	return token
}

// What is cut off is with the next page: as written, and the task's own events as they are.
func TestCut(t *testing.T) {
	execution := &commonpb.WorkflowExecution{WorkflowId: "w", RunId: "r"}
	for n := 1; n < 5; n++ {
		task := &workflowservice.PollWorkflowTaskQueueResponse{WorkflowExecution: execution, History: eventsFrom(7, 3)}
		tail := task.History.Events[3:]
		require.NoError(t, cut(task, runOf(nil, task), n))
		kept := min(n, 3) // the task's own events are not parted
		require.Len(t, task.History.Events, kept)
		token := tokenOf(t, task.NextPageToken)
		require.Equal(t, "r", token.RunId)
		require.EqualValues(t, 7+kept, token.NextEventId)
		require.EqualValues(t, 9, token.LastEventId)
		require.Len(t, token.Tail, 2)
		for i, encoded := range token.Tail {
			event := &historypb.HistoryEvent{}
			require.NoError(t, proto.Unmarshal(encoded, event))
			require.True(t, proto.Equal(tail[i], event))
		}
	}
}

// The token of a page that has one keeps what it says of the end.
func TestCutBeforeAFurtherPage(t *testing.T) {
	further := &workerpb.HistoryToken{RunId: "r", NextEventId: 12, LastEventId: 20, Tail: [][]byte{[]byte("tail")}}
	encoded, err := proto.Marshal(further)
	require.NoError(t, err)
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{History: eventsFrom(7, 3), NextPageToken: encoded}
	request := &workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: encoded}
	require.NoError(t, cut(reply, runOf(request, reply), 4))
	require.Len(t, reply.History.Events, 4)
	further.NextEventId = 11
	require.True(t, proto.Equal(further, tokenOf(t, reply.NextPageToken)))

	back := &workflowservice.GetWorkflowExecutionHistoryReverseResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{{EventId: 9}, {EventId: 8}, {EventId: 7}}}}
	require.NoError(t, cut(back, "r", 1))
	require.True(t, proto.Equal(&workerpb.HistoryToken{RunId: "r", NextEventId: 8}, tokenOf(t, back.NextPageToken)))

	require.Error(t, cut(&workflowservice.PollWorkflowTaskQueueResponse{History: eventsFrom(1, 2), NextPageToken: []byte("\xff")}, "r", 1))
	require.Error(t, cut(&workflowservice.DescribeWorkflowExecutionResponse{}, "r", 1))
}
