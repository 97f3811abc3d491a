package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// A worker that shares its client with the starter gets the first task with the start.
func TestEagerStart(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := "queue-" + uuid.NewString()
		workerOfTest(t, c, queue, func(w worker.Worker) {
			w.RegisterWorkflowWithOptions(func(workflow.Context) (string, error) { return "at once", nil }, workflow.RegisterOptions{Name: "play"})
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, EnableEagerStart: true}, "play")
		require.NoError(t, err)
		require.Equal(t, "at once", resultOf[string](t, run))
		started, err := c.GetWorkflowHistory(within(t), run.GetID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
		require.NoError(t, err)
		require.True(t, started.GetWorkflowExecutionStartedEventAttributes().GetEagerExecutionAccepted())
	})
}
