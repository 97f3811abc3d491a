package temporal

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// tally adds up what updates bring. A negative one is rejected, one of 13 fails, and one of 100 waits for a signal.
func tally(ctx workflow.Context) (int, error) {
	sum := 0
	err := workflow.SetUpdateHandlerWithOptions(ctx, "add", func(ctx workflow.Context, n int) (int, error) {
		switch n {
		case 13:
			return 0, temporal.NewApplicationError("not that one", "Unlucky")
		case 100:
			workflow.GetSignalChannel(ctx, "go on").Receive(ctx, nil)
		}
		sum += n
		return sum, nil
	}, workflow.UpdateHandlerOptions{Validator: func(n int) error {
		if n < 0 {
			return errors.New("too little")
		}
		return nil
	}})
	if err != nil {
		return 0, err
	}
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
	return sum, nil
}

func startTally(t testing.TB, c client.Client) (queue string) {
	t.Helper()
	return startWorker(t, c, worker.Options{}, func(w worker.Worker) { w.RegisterWorkflow(tally) })
}

// addTo updates a tally, and waits for a stage.
func addTo(t testing.TB, c client.Client, id, updateID string, n int, stage client.WorkflowUpdateStage) client.WorkflowUpdateHandle {
	t.Helper()
	handle, err := c.UpdateWorkflow(within(t), client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateID: updateID, UpdateName: "add", Args: []any{n}, WaitForStage: stage,
	})
	require.NoError(t, err)
	return handle
}

func outcomeOf(t testing.TB, handle client.WorkflowUpdateHandle) (sum int, err error) {
	t.Helper()
	err = handle.Get(within(t), &sum)
	return sum, err
}

func TestUpdates(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startTally(t, c), tally)
		id := run.GetID()
		for range 2 { // the second is the first one again
			sum, err := outcomeOf(t, addTo(t, c, id, "once", 5, client.WorkflowUpdateStageCompleted))
			require.NoError(t, err)
			require.Equal(t, 5, sum)
		}
		before := historyLength(t, c, id)
		_, err := outcomeOf(t, addTo(t, c, id, "", -1, client.WorkflowUpdateStageCompleted))
		require.ErrorContains(t, err, "too little")
		require.Equal(t, before, historyLength(t, c, id), "a rejection leaves no trace")
		_, err = outcomeOf(t, addTo(t, c, id, "", 13, client.WorkflowUpdateStageCompleted))
		var failed *temporal.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "Unlucky", failed.Type())

		handle := addTo(t, c, id, "waits", 100, client.WorkflowUpdateStageAccepted)
		require.NoError(t, c.SignalWorkflow(within(t), id, "", "go on", nil))
		sum, err := outcomeOf(t, handle)
		require.NoError(t, err)
		require.Equal(t, 105, sum)
		again := c.GetWorkflowUpdateHandle(client.GetWorkflowUpdateHandleOptions{WorkflowID: id, UpdateID: "waits"})
		sum, err = outcomeOf(t, again)
		require.NoError(t, err)
		require.Equal(t, 105, sum)

		_, err = outcomeOf(t, c.GetWorkflowUpdateHandle(client.GetWorkflowUpdateHandleOptions{WorkflowID: id, UpdateID: "nobody's"}))
		var missing *serviceerror.NotFound
		require.ErrorAs(t, err, &missing)

		unanswered := addTo(t, c, id, "too late", 100, client.WorkflowUpdateStageAccepted)
		require.NoError(t, c.SignalWorkflow(within(t), id, "", "end", nil))
		require.Equal(t, 105, resultOf[int](t, run))
		_, err = outcomeOf(t, unanswered)
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "AcceptedUpdateCompletedWorkflow", failed.Type())
		_, err = c.UpdateWorkflow(within(t), client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: "add", Args: []any{1}, WaitForStage: client.WorkflowUpdateStageCompleted})
		require.ErrorAs(t, err, &missing)
	})
}

func historyLength(t testing.TB, c client.Client, id string) int64 {
	t.Helper()
	described, err := c.DescribeWorkflowExecution(within(t), id, "")
	require.NoError(t, err)
	return described.GetWorkflowExecutionInfo().GetHistoryLength()
}

// The first update begins the run, and the second finds it.
func TestUpdateWithStart(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue, id := startTally(t, c), "tally-"+uuid.NewString()
		update := func(n int) (int, string, error) {
			start := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
				ID: id, TaskQueue: queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			}, tally)
			handle, err := c.UpdateWithStartWorkflow(within(t), client.UpdateWithStartWorkflowOptions{
				StartWorkflowOperation: start,
				UpdateOptions:          client.UpdateWorkflowOptions{UpdateName: "add", Args: []any{n}, WaitForStage: client.WorkflowUpdateStageCompleted},
			})
			if err != nil {
				return 0, "", err
			}
			run, err := start.Get(within(t))
			require.NoError(t, err)
			sum, err := outcomeOf(t, handle)
			return sum, run.GetRunID(), err
		}
		sum, first, err := update(7)
		require.NoError(t, err)
		require.Equal(t, 7, sum)
		sum, second, err := update(8)
		require.NoError(t, err)
		require.Equal(t, 15, sum)
		require.Equal(t, first, second)
		_, _, err = update(-1)
		require.ErrorContains(t, err, "too little")
		require.NoError(t, c.SignalWorkflow(within(t), id, "", "end", nil))
		require.Equal(t, 15, resultOf[int](t, c.GetWorkflow(within(t), id, "")))
	})
}
