package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

func TestAnAttachedHistoryIsInItsPlace(t *testing.T) {
	var events []*historypb.HistoryEvent
	var encoded [][]byte
	for id := range int64(3) {
		event := &historypb.HistoryEvent{EventId: id + 1, EventType: enumspb.EVENT_TYPE_TIMER_FIRED}
		raw, err := proto.Marshal(event)
		require.NoError(t, err)
		events, encoded = append(events, event), append(encoded, raw)
	}
	for _, reply := range []interface {
		proto.Message
		GetHistory() *historypb.History
	}{
		&workflowservice.PollWorkflowTaskQueueResponse{WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "w"}, NextPageToken: []byte("t")},
		&workflowservice.GetWorkflowExecutionHistoryResponse{},
	} {
		api.AttachHistory(reply, encoded)
		sent, err := proto.Marshal(reply)
		require.NoError(t, err)
		require.NoError(t, api.Settle(reply))
		require.True(t, proto.Equal(&historypb.History{Events: events}, reply.GetHistory()))
		received := proto.Clone(reply)
		require.NoError(t, proto.Unmarshal(sent, received))
		require.True(t, proto.Equal(reply, received))
	}
	back, err := api.DecodeEvents(encoded)
	require.NoError(t, err)
	require.True(t, proto.Equal(events[2], back[2]))
	_, err = api.DecodeEvents([][]byte{{0xff}})
	require.Error(t, err)
}
