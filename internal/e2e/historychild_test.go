package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var parent = workflow.Declare[workflow.None, string]("Parent")

// parentOf is a workflow whose result is that of its child.
func parentOf(id string) workflow.Implementation {
	return parent.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
		return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id}), child, n).Get(ctx)
	})
}

// untilCanceledOrGo ends at the signal, or when it is cancelled.
func untilCanceledOrGo(ctx workflow.Context, _ workflow.None) (string, error) {
	out, signals := "", began.Channel(ctx)
	workflow.NewSelector(ctx).
		AddReceive(signals, func() { out, _ = signals.Receive(ctx) }).
		AddReceive(ctx.Done(), func() {}).
		Select(ctx)
	return out, ctx.Err()
}

// bothIdle waits until a parent has had its second workflow task, and its child its first.
func bothIdle(t *testing.T, c *client.Client, parent, child string) {
	t.Helper()
	awaitEvent(t, c, parent, 9)
	awaitEvent(t, c, child, 4)
}

// startChild starts a workflow of the type Child, of no parent, that waits for its signal.
func startChild(id string) func(*testing.T, *client.Client) {
	return func(t *testing.T, c *client.Client) {
		startOn(t, c, id, child.Implement(waitsFor))
		_, err := client.Start(within(t), c, child, workflow.None{}, client.StartOptions{ID: id, TaskQueue: id})
		require.NoError(t, err)
		awaitEvent(t, c, id, 4)
	}
}

var childScenes = map[string]scene{
	"child-completed-1": {workflow: parentOf("child-completed-child"), others: []worker.Implementation{child.Implement(waitsFor)}, use: func(t *testing.T, c *client.Client, id string) {
		bothIdle(t, c, id, "child-completed-child")
		require.NoError(t, client.Signal(within(t), c, "child-completed-child", "", began, "from the child"))
	}},
	"child-terminated-1": {workflow: parentOf("child-terminated-child"), others: []worker.Implementation{child.Implement(waitsFor)}, use: func(t *testing.T, c *client.Client, id string) {
		bothIdle(t, c, id, "child-terminated-child")
		require.NoError(t, c.Terminate(within(t), "child-terminated-child", "", "by the test", "detail"))
	}},
	"child-canceled-from-outside-1": {
		workflow: parentOf("child-canceled-from-outside-child"), others: []worker.Implementation{child.Implement(untilCanceledOrGo)},
		use: func(t *testing.T, c *client.Client, id string) {
			bothIdle(t, c, id, "child-canceled-from-outside-child")
			require.NoError(t, c.Cancel(within(t), "child-canceled-from-outside-child", ""))
		},
	},
	"child-canceled-by-parent-1": {
		workflow: parent.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
			cancelled, stop := workflow.WithCancel(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
				WorkflowID: "child-canceled-by-parent-child",
			}))
			result := workflow.ExecuteChildWorkflow(cancelled, child, n)
			stopped.Channel(ctx).Receive(ctx)
			stop()
			if _, err := result.Get(ctx); failure.IsCanceled(err) {
				return "child canceled", nil
			}
			return "child not canceled", nil
		}),
		others: []worker.Implementation{child.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
			ctx.Done().Receive(ctx)
			wait, stop := workflow.NewDisconnectedContext(ctx)
			defer stop()
			if _, err := waitsFor(wait, n); err != nil {
				return "", err
			}
			return "", ctx.Err()
		})},
		use: func(t *testing.T, c *client.Client, id string) {
			bothIdle(t, c, id, "child-canceled-by-parent-child")
			require.NoError(t, client.Signal(within(t), c, id, "", stopped, ""))
			awaitEvent(t, c, id, 18)
			awaitEvent(t, c, "child-canceled-by-parent-child", 8)
			require.NoError(t, client.Signal(within(t), c, "child-canceled-by-parent-child", "", began, ""))
		},
	},
	"child-id-conflict-1":            {workflow: parentOf("child-id-conflict-child"), before: startChild("child-id-conflict-child")},
	"child-close-policy-terminate-1": leaving("child-close-policy-terminate-child", enumspb.PARENT_CLOSE_POLICY_TERMINATE),
	"child-close-policy-abandon-1":   leaving("child-close-policy-abandon-child", enumspb.PARENT_CLOSE_POLICY_ABANDON),
}

// leaving is a parent that closes while its child runs.
func leaving(id string, policy enumspb.ParentClosePolicy) scene {
	return scene{
		workflow: parent.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
			left := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id, ParentClosePolicy: policy}), child, n)
			if _, err := left.GetChildWorkflowExecution().Get(ctx); err != nil {
				return "", err
			}
			return waitsFor(ctx, n)
		}),
		others: []worker.Implementation{child.Implement(untilCanceledOrGo)},
		use: func(t *testing.T, c *client.Client, parent string) {
			bothIdle(t, c, parent, id)
			require.NoError(t, client.Signal(within(t), c, parent, "", began, "bye"))
		},
	}
}

var externalScenes = map[string]scene{
	"external-signal-1": {workflow: sender.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		_, err := workflow.SignalExternalWorkflow(ctx, "external-signal-target", "", began, "from a workflow").Get(ctx)
		return "sent", err
	}), before: startChild("external-signal-target")},
	"external-cancel-not-found": {workflow: sender.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		_, err := workflow.RequestCancelExternalWorkflow(ctx, "external-cancel-not-found-target", "").Get(ctx)
		return "sent", err
	})},
	"external-closed-target-1": {workflow: sender.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		if _, err := workflow.SignalExternalWorkflow(ctx, "external-closed-target-target", "", began, "late").Get(ctx); err == nil {
			return "sent", nil
		}
		_, err := workflow.RequestCancelExternalWorkflow(ctx, "external-closed-target-target", "").Get(ctx)
		return "no signal sent", err
	}), before: func(t *testing.T, c *client.Client) {
		startChild("external-closed-target-target")(t, c)
		require.NoError(t, c.Terminate(within(t), "external-closed-target-target", "", ""))
	}},
	"external-signal-self": {workflow: sender.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		_, err := workflow.SignalExternalWorkflow(ctx, workflow.GetInfo(ctx).WorkflowID, "", began, "to myself").Get(ctx)
		return "sent", err
	})},
}
