package visibility

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
)

// What the service sets of the builds of a run's workers is read from the log and from what is at rest alike.
func TestBuilds(t *testing.T) {
	started := encodedEvent(t, &historypb.HistoryEvent{EventId: 1, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{}}})
	builds := &recordpb.Builds{BuildIds: []string{"unversioned", "unversioned:b1"}, BinaryChecksums: []string{"c1"}}
	frame := func(part *recordpb.RunRecord) []byte {
		encoded, err := proto.Marshal(&recordpb.Frame{Content: &recordpb.Frame_Records{Records: &recordpb.Records{
			Records: []*recordpb.Record{{WorkflowId: "w", Runs: []*recordpb.RunRecord{part}}},
		}}})
		require.NoError(t, err)
		return encoded
	}
	began := &recordpb.RunRecord{RunId: "r", Changes: []*recordpb.Change{{Change: &recordpb.Change_Event{Event: started}}}}

	inLog := newBatch()
	require.NoError(t, inLog.frame(1, frame(began)))
	require.NoError(t, inLog.frame(2, frame(&recordpb.RunRecord{RunId: "r", Builds: builds})))
	atRest := newBatch()
	_, err := atRest.rest(&recordpb.Rest{WorkflowId: "w", RunId: "r", Batches: []*recordpb.Batch{{Events: [][]byte{started}}}, State: &recordpb.RunState{Builds: builds}}, 2)
	require.NoError(t, err)
	later := newBatch()
	require.NoError(t, later.frame(2, frame(&recordpb.RunRecord{RunId: "r", Builds: builds})))
	for _, attributes := range []map[string]string{
		values(inLog.content().Put[0].SearchAttributes), values(atRest.content().Put[0].SearchAttributes), values(later.content().Changes[0].SearchAttributes),
	} {
		require.Equal(t, map[string]string{"BuildIds": `["unversioned","unversioned:b1"]`, "BinaryChecksums": `["c1"]`}, attributes)
	}
	require.EqualValues(t, 2, inLog.content().Put[0].Sequence)
}

func values(fields map[string]*commonpb.Payload) map[string]string {
	values := map[string]string{}
	for name, value := range fields {
		values[name] = string(value.Data)
	}
	return values
}
