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

// The runs of a chain hand their reset points on, for as long as the history of the run that each is of can be read.
func TestResetPointsAreHandedOn(t *testing.T) {
	w := newWorld()
	s := newScript(w)
	do := func(lines ...string) {
		require.NotContains(t, s.do(parseCommand(lines)), "FAULT")
		require.NoError(t, w.check())
	}
	checksums := func() (known []string) {
		for _, point := range w.run().Describe(w.now).WorkflowExecutionInfo.AutoResetPoints.GetPoints() {
			known = append(known, point.RunId+"/"+point.BinaryChecksum)
		}
		return known
	}
	do(`start cron="@every 20m" retry="initial=1s attempts=2"`)
	do("advance 20m")
	do("start-task")
	do("complete-task checksum=v1", "  fail")
	require.Equal(t, []string{"run-1/v1"}, checksums())
	begun := startOf(w.run()).PrevAutoResetPoints.Points[0]
	require.Equal(t, w.now.Add(retention).UnixNano(), begun.ExpireTime.AsTime().UnixNano())
	do("advance 1s")
	do("start-task")
	do("complete-task checksum=v2", "  complete")
	require.Equal(t, []string{"run-1/v1", "run-2/v2"}, checksums())
	require.NoError(t, w.crash())
	do("advance 20m")
	do("start-task")
	do("complete-task checksum=v2", "  continue-as-new")
	require.Equal(t, []string{"run-1/v1", "run-2/v2"}, checksums(), "of a version there is one point")
	do("advance 40m")
	do("start-task")
	do("complete-task", "  continue-as-new")
	require.Equal(t, []string{"run-2/v2"}, checksums(), "the first run's history is gone")
	require.Len(t, startOf(w.run()).PrevAutoResetPoints.Points, 2)
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
