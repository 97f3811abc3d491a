package machine_test

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/history/machine"
)

// BenchmarkNextDue is what a transaction of a run with a hundred timers pays for having one due time.
func BenchmarkNextDue(b *testing.B) {
	started, err := proto.Marshal(&historypb.HistoryEvent{
		EventId: 1, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, EventTime: timestamppb.New(time.Unix(1, 0)),
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	state := &recordpb.RunState{WorkflowId: "w", RunId: "r", Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING}
	for i := range 100 {
		state.Timers = append(state.Timers, &recordpb.Timer{TimerId: fmt.Sprint(i), DueTime: int64(i) + 2})
	}
	run, err := machine.Restore(state, []*recordpb.Batch{{Events: [][]byte{started}}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if run.NextDue().IsZero() {
			b.Fatal("nothing is due")
		}
	}
}
