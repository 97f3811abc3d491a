package temporal

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// pending are activities that others end.
type pending struct{ started chan activity.Info }

func (p *pending) Leave(ctx context.Context) (string, error) {
	p.started <- activity.GetInfo(ctx)
	return "", activity.ErrResultPending
}

// waiting waits for one, whose id is "left".
func (p *pending) waiting(ctx workflow.Context) (string, error) {
	options := workflow.GetActivityOptions(once(ctx))
	options.ActivityID = "left"
	options.WaitForCancellation = true
	ctx = workflow.WithActivityOptions(ctx, options)
	var text string
	err := workflow.ExecuteActivity(ctx, p.Leave).Get(ctx, &text)
	return text, err
}

// start starts such a workflow, and waits until its activity is left.
func (p *pending) start(t testing.TB, c client.Client) (client.WorkflowRun, activity.Info) {
	t.Helper()
	p.started = make(chan activity.Info, 1)
	queue := startWorker(t, c, worker.Options{}, func(w worker.Worker) {
		w.RegisterWorkflowWithOptions(p.waiting, workflow.RegisterOptions{Name: "waiting"})
		w.RegisterActivity(p)
	})
	run := begin(t, c, queue, "waiting")
	return run, await(t, p.started, "the activity is not started")
}

func TestAsyncCompletion(t *testing.T) {
	// complete ends the activity, by its token or by its id.
	type complete func(ctx context.Context, c client.Client, run client.WorkflowRun, info activity.Info, result any, err error) error
	by := map[string]complete{
		"token": func(ctx context.Context, c client.Client, _ client.WorkflowRun, info activity.Info, result any, err error) error {
			return c.CompleteActivity(ctx, info.TaskToken, result, err)
		},
		"id": func(ctx context.Context, c client.Client, run client.WorkflowRun, info activity.Info, result any, err error) error {
			return c.CompleteActivityByID(ctx, client.DefaultNamespace, run.GetID(), run.GetRunID(), info.ActivityID, result, err)
		},
		"id of the workflow's run": func(ctx context.Context, c client.Client, run client.WorkflowRun, info activity.Info, result any, err error) error {
			return c.CompleteActivityByID(ctx, client.DefaultNamespace, run.GetID(), "", info.ActivityID, result, err)
		},
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		for name, complete := range by {
			t.Run(name, func(t *testing.T) {
				t.Run("completed", func(t *testing.T) {
					run, info := new(pending).start(t, c)
					require.NoError(t, complete(within(t), c, run, info, "from elsewhere", nil))
					require.Equal(t, "from elsewhere", resultOf[string](t, run))
					var gone *serviceerror.NotFound
					require.ErrorAs(t, complete(within(t), c, run, info, "again", nil), &gone)
				})
				t.Run("failed", func(t *testing.T) {
					run, info := new(pending).start(t, c)
					require.NoError(t, complete(within(t), c, run, info, nil, temporal.NewApplicationError("no", "Elsewhere")))
					var failed *temporal.ApplicationError
					require.ErrorAs(t, run.Get(within(t), nil), &failed)
					require.Equal(t, "Elsewhere", failed.Type())
				})
				t.Run("canceled", func(t *testing.T) {
					run, info := new(pending).start(t, c)
					require.NoError(t, c.CancelWorkflow(within(t), run.GetID(), ""))
					eventually(t, func() bool { // the workflow has asked the activity to end
						var canceled *temporal.CanceledError
						return errors.As(c.RecordActivityHeartbeat(within(t), info.TaskToken), &canceled)
					}, "the activity's cancellation is not requested")
					require.NoError(t, complete(within(t), c, run, info, nil, temporal.NewCanceledError("gave up")))
					var canceled *temporal.CanceledError
					require.ErrorAs(t, run.Get(within(t), nil), &canceled)
				})
			})
		}
	})
}

// Heartbeats from elsewhere are kept, and shown by a description.
func TestAsyncHeartbeat(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run, info := new(pending).start(t, c)
		require.NoError(t, c.RecordActivityHeartbeat(within(t), info.TaskToken, "half"))
		require.NoError(t, c.RecordActivityHeartbeatByID(within(t), client.DefaultNamespace, run.GetID(), "", info.ActivityID, "most"))
		described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
		require.NoError(t, err)
		require.Len(t, described.GetPendingActivities(), 1)
		require.JSONEq(t, `"most"`, string(described.GetPendingActivities()[0].GetHeartbeatDetails().GetPayloads()[0].GetData()))
		require.NoError(t, c.CompleteActivity(within(t), info.TaskToken, "", nil))
		resultOf[string](t, run)
	})
}
