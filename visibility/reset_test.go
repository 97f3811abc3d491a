package visibility

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// A run of a reset begins in lists when its description says, not when the run began whose history it has; so also in an index
// that is made anew, when it is at rest, and when it has failed tasks of its own.
func TestResetRunsBeginWithTheirReset(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	base := p.start("w")
	p.complete("w")
	p.signal("w")
	p.complete("w", completeWorkflow())
	p.must(&workflowservice.ResetWorkflowExecutionRequest{WorkflowExecution: execution("w"), WorkflowTaskFinishEventId: 4, RequestId: "reset"})
	described := p.must(&workflowservice.DescribeWorkflowExecutionRequest{Execution: execution("w")}).(*workflowservice.DescribeWorkflowExecutionResponse).WorkflowExecutionInfo
	first := one(t, s, "RunId = '"+base+"'")
	require.True(t, described.StartTime.AsTime().After(first.StartTime.AsTime()))

	begun := one(t, s, "ExecutionStatus = 'Running'")
	require.Equal(t, described.StartTime.AsTime(), begun.StartTime.AsTime())
	require.Equal(t, described.ExecutionTime.AsTime(), begun.ExecutionTime.AsTime())
	p.requireFresh(s)
	p.complete("w", completeWorkflow())
	p.requireFresh(s)
	require.Equal(t, described.Execution.RunId, list(t, s, "ExecutionStatus = 'Completed' ORDER BY StartTime DESC")[0].Execution.RunId)
}
