package machine_test

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// However much comes while a workflow task is started, the record that flushes it stays small.
func TestBufferIsBounded(t *testing.T) {
	for name, payload := range map[string]int{"many": 1, "large": 900 << 10} {
		for _, crashed := range []bool{false, true} {
			t.Run(name+"/"+strconv.FormatBool(crashed), func(t *testing.T) {
				w := newWorld()
				ask := func(q proto.Message) {
					t.Helper()
					_, refusal, fault := w.decide(q)
					require.NoError(t, fault)
					require.NoError(t, refusal)
					require.NoError(t, w.check())
				}
				ask(startRequest(words{}))
				ask(&workerpb.StartTaskRequest{Task: w.task(enumspb.TASK_QUEUE_TYPE_WORKFLOW, ""), RequestId: "r"})
				input := &commonpb.Payloads{Payloads: []*commonpb.Payload{{Data: bytes.Repeat([]byte{'x'}, payload)}}}
				for i := range 102 {
					if i == 1 && crashed {
						require.NoError(t, w.crash())
					}
					if payload > 1 && i == 5 {
						break
					}
					ask(&workflowservice.SignalWorkflowExecutionRequest{SignalName: "s", Input: input})
				}
				require.LessOrEqual(t, len(w.snapshot().Buffered), 2)
				require.NotNil(t, w.task(enumspb.TASK_QUEUE_TYPE_WORKFLOW, ""), "the signals are waited for")
				failed := slices.ContainsFunc(eventsOf(w.run()), func(e *historypb.HistoryEvent) bool {
					return e.GetWorkflowTaskFailedEventAttributes().GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND
				})
				require.Equal(t, !crashed, failed, "whoever holds a task that nobody knows of is told when it ends it")
			})
		}
	}
}
