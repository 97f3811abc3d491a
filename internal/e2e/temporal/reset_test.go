package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// resetTo begins a run again behind a workflow task, and is the new run's id.
func resetTo(t testing.TB, c client.Client, run client.WorkflowRun, event int64, exclude ...enumspb.ResetReapplyExcludeType) (string, error) {
	t.Helper()
	reply, err := c.ResetWorkflowExecution(within(t), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: client.DefaultNamespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: run.GetID(), RunId: run.GetRunID()},
		Reason: "of the test", WorkflowTaskFinishEventId: event, RequestId: uuid.NewString(), ResetReapplyExcludeTypes: exclude,
	})
	return reply.GetRunId(), err
}

// The new run gets the signals and updates that the old one got, unless they are excluded; the old one is terminated.
func TestReset(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startTally(t, c), tally)
		id := run.GetID()
		sum, err := outcomeOf(t, addTo(t, c, id, "first", 5, client.WorkflowUpdateStageCompleted))
		require.NoError(t, err)
		require.Equal(t, 5, sum)

		_, err = resetTo(t, c, run, 3000)
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, err, &invalid)
		second, err := resetTo(t, c, run, 3)
		require.NoError(t, err)
		status := func(runID string) enumspb.WorkflowExecutionStatus {
			described, err := c.DescribeWorkflowExecution(within(t), id, runID)
			require.NoError(t, err)
			return described.GetWorkflowExecutionInfo().GetStatus()
		}
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, status(run.GetRunID()))
		sum, err = outcomeOf(t, addTo(t, c, id, "second", 6, client.WorkflowUpdateStageCompleted))
		require.NoError(t, err)
		require.Equal(t, 11, sum, "the first update was made again")
		require.NoError(t, c.SignalWorkflow(within(t), id, second, "end", nil))
		require.Equal(t, 11, resultOf[int](t, c.GetWorkflow(within(t), id, second)))

		// Of a closed run; without what came behind the event it is open again.
		closed := c.GetWorkflow(within(t), id, second)
		third, err := resetTo(t, c, closed, 3, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE, enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL)
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, status(second))
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, status(third))
		require.NoError(t, c.SignalWorkflow(within(t), id, third, "end", nil))
		require.Equal(t, 0, resultOf[int](t, c.GetWorkflow(within(t), id, third)))
	})
}
