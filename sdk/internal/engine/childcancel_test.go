package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// Whether a child is asked to cancel, and when its future is ready, is what its options say.
func TestChildCancellation(t *testing.T) {
	cases := map[string]struct {
		how              workflow.ChildCancellation
		asked            bool
		atOnce, answered bool // is the future ready then
	}{
		"wait completed": {workflow.ChildWaitCompleted, true, false, false},
		"wait requested": {workflow.ChildWaitRequested, true, false, true},
		"try cancel":     {workflow.ChildTryCancel, true, true, true},
		"abandon":        {workflow.ChildAbandon, false, true, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var child workflow.ChildWorkflowFuture[string]
			parent := workflow.Declare[none, none]("Parent").Implement(func(ctx workflow.Context, _ none) (none, error) {
				childCtx, stop := workflow.WithCancel(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
					WorkflowID: "child-canceled-by-parent-child", Cancellation: c.how,
				}))
				child = workflow.ExecuteChildWorkflow(childCtx, declaredChild, none{})
				workflow.DeclareSignal[string]("cancel").Channel(ctx).Receive(ctx)
				stop()
				return none{}, workflow.Await(ctx, func() bool { return false })
			})
			events := goldenEvents(t, "child-canceled-by-parent-1")
			run := newRun(t, engine.Options{}, parent)
			done, err := run.handle(events[:12])
			require.NoError(t, err)
			require.Equal(t, c.atOnce, child.IsReady())
			if !c.asked {
				require.Empty(t, done.GetCommands())
				return
			}
			require.Equal(t, enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION, done.GetCommands()[0].GetCommandType())
			_, err = run.handle(events[12:17])
			require.NoError(t, err)
			require.Equal(t, c.answered, child.IsReady())
			_, err = run.handle(events[17:21])
			require.NoError(t, err)
			_, err = child.Get(nil)
			require.True(t, failure.IsCanceled(err))
		})
	}
}
