package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// A worker's goodbye ends its polls, with nothing in their replies; another worker's goes on.
func TestGoodbye(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := "queue-" + uuid.NewString()
		poll := func(instance string) <-chan *workflowservice.PollWorkflowTaskQueueResponse {
			ended := make(chan *workflowservice.PollWorkflowTaskQueueResponse, 1)
			request := pollOf(queue)
			request.WorkerInstanceKey = instance
			go func() {
				reply, err := c.WorkflowService().PollWorkflowTaskQueue(within(t), request)
				if err != nil {
					t.Errorf("a poll of %s: %v", instance, err)
				}
				ended <- reply
			}()
			return ended
		}
		leaves, stays := poll("leaves"), poll("stays")
		eventually(t, func() bool {
			_, err := c.WorkflowService().ShutdownWorker(within(t), &workflowservice.ShutdownWorkerRequest{
				Namespace: client.DefaultNamespace, Identity: "tester", TaskQueue: queue, WorkerInstanceKey: "leaves",
			})
			return err == nil && len(leaves) == 1 // again, until its poll has come in
		}, "a goodbye does not end polls")
		require.Empty(t, (<-leaves).GetTaskToken())
		run := begin(t, c, queue, "play")
		require.Equal(t, run.GetID(), await(t, stays, "another worker's poll ends").GetWorkflowExecution().GetWorkflowId())
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))
	})
}
