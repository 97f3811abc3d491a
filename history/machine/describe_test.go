package machine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
)

// Of each version of the workers the first completed task is told, of the last twenty versions.
func TestResetPoints(t *testing.T) {
	w := newWorld()
	s := newScript(w)
	do := func(line string) {
		require.NotContains(t, s.do(parseCommand([]string{line})), "FAULT")
		require.NoError(t, w.check())
	}
	do("start")
	for i := range 25 {
		for range 2 {
			do("start-task")
			do(fmt.Sprintf("complete-task checksum=v%d force", i))
		}
	}
	points := w.run().Describe(w.now).WorkflowExecutionInfo.AutoResetPoints.Points
	require.Len(t, points, 20)
	for i, point := range points {
		require.Equal(t, fmt.Sprintf("v%d", i+5), point.BinaryChecksum)
		completed := eventsOf(w.run())[point.FirstWorkflowTaskCompletedId-1]
		require.Equal(t, point.BinaryChecksum, completed.GetWorkflowTaskCompletedEventAttributes().BinaryChecksum)
	}
	require.NoError(t, w.crash())
	require.Len(t, w.run().Describe(w.now).WorkflowExecutionInfo.AutoResetPoints.Points, 20)
}

func TestDescriptionHasTheStartsMetadata(t *testing.T) {
	w := newWorld()
	start := startRequest(words{})
	start.UserMetadata = &sdkpb.UserMetadata{Summary: jsonPayloads("an order").Payloads[0]}
	_, refusal, fault := w.decide(start)
	require.NoError(t, refusal)
	require.NoError(t, fault)
	require.NoError(t, w.check())
	require.Equal(t, start.UserMetadata, w.run().Describe(w.now).ExecutionConfig.UserMetadata)
}
