package temporal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// A description tells how a run stands, and what it waits for.
func TestDescribe(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		a := &attempts{}
		queue := startWorkerOf(t, c, func(ctx workflow.Context) error {
			again := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				ActivityID: "again", StartToCloseTimeout: patience, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Hour, MaximumAttempts: 5},
			})
			return workflow.ExecuteActivity(again, a.Try, time.Duration(0), false).Get(ctx, nil)
		}, a)
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, WorkflowRunTimeout: 10 * time.Hour}, "play")
		require.NoError(t, err)
		described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
		require.NoError(t, err)
		require.Equal(t, 10*time.Hour, described.GetExecutionConfig().GetWorkflowRunTimeout().AsDuration())
		require.Equal(t, queue, described.GetExecutionConfig().GetTaskQueue().GetName())
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())

		var pending []*workflowpb.PendingActivityInfo
		eventually(t, func() bool {
			described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
			if err != nil {
				return false
			}
			pending = described.GetPendingActivities()
			return len(pending) == 1 && pending[0].GetAttempt() == 2
		}, "the activity does not back off")
		require.Equal(t, "again", pending[0].GetActivityId())
		require.Equal(t, "Try", pending[0].GetActivityType().GetName())
		require.Equal(t, enumspb.PENDING_ACTIVITY_STATE_SCHEDULED, pending[0].GetState())
		require.Equal(t, "never", pending[0].GetLastFailure().GetMessage())
		require.EqualValues(t, 5, pending[0].GetMaximumAttempts())
		require.NotNil(t, pending[0].GetNextAttemptScheduleTime())
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))

		closed, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, closed.GetWorkflowExecutionInfo().GetStatus())
		require.Empty(t, closed.GetPendingActivities())
		require.NotNil(t, closed.GetWorkflowExecutionInfo().GetCloseTime())
		require.Len(t, eventsOf(t, c, run, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT), int(closed.GetWorkflowExecutionInfo().GetHistoryLength()))
	})
}

// A queue's description names those who poll it, until they have said goodbye.
func TestDescribeTaskQueue(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := "described-" + t.Name()
		w := workerOf(t, c, queue, worker.Options{Identity: "the poller"}, registerCounting)
		pollers := func(kind enumspb.TaskQueueType) []*taskqueuepb.PollerInfo {
			described, err := c.DescribeTaskQueue(within(t), queue, kind)
			require.NoError(t, err)
			return described.GetPollers()
		}
		eventually(t, func() bool { return len(pollers(enumspb.TASK_QUEUE_TYPE_WORKFLOW)) == 1 }, "its poller is not listed")
		require.Equal(t, "the poller", pollers(enumspb.TASK_QUEUE_TYPE_WORKFLOW)[0].GetIdentity())
		w.Stop()
		eventually(t, func() bool { return len(pollers(enumspb.TASK_QUEUE_TYPE_WORKFLOW)) == 0 }, "its poller is listed after its goodbye")
	})
}

// A worker whose pollers are as many as there is work for.
func TestAutoscalingPollers(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorker(t, c, worker.Options{
			WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{MaximumNumberOfPollers: 10}),
			ActivityTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{MaximumNumberOfPollers: 10}),
		}, func(w worker.Worker) {
			w.RegisterWorkflow(toil)
			w.RegisterActivity(&counter{every: 1})
		})
		var runs []client.WorkflowRun
		for n := range 20 {
			runs = append(runs, begin(t, c, queue, toil, n))
			require.NoError(t, c.SignalWorkflow(within(t), runs[n].GetID(), "", "more", 1))
		}
		for n, run := range runs {
			require.Equal(t, n+4, resultOf[int](t, run))
		}
	})
}
