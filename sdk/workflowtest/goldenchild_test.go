package workflowtest

import (
	"maps"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// The histories of a scenario with several are numbered: the parent or sender is the first.
func init() {
	maps.Copy(goldenWorkflows, map[string]workflow.Implementation{
		"child-completed-1": parentOf("child-completed-child", workflow.ChildWorkflowOptions{}), "child-completed-2": childWaiting(waitForGo),
		"child-pending-description-1": parentOf("child-pending-description-child", workflow.ChildWorkflowOptions{}), "child-pending-description-2": childWaiting(waitForGo),
		"child-canceled-from-outside-1": parentOf("child-canceled-from-outside-child", workflow.ChildWorkflowOptions{}), "child-canceled-from-outside-2": childWaiting(untilCanceledOrGo),
		"child-terminated-1": parentOf("child-terminated-child", workflow.ChildWorkflowOptions{}), "child-terminated-2": childWaiting(waitForGo),
		"child-timed-out-1": parentOf("child-timed-out-child", workflow.ChildWorkflowOptions{WorkflowRunTimeout: 2 * time.Second}), "child-timed-out-2": childWaiting(waitForGo),
		"child-continued-as-new-1": parentOf("child-continued-as-new-child", workflow.ChildWorkflowOptions{}), "child-continued-as-new-2": continuedChild, "child-continued-as-new-3": continuedChild,
		"child-id-conflict-1": parentOf("child-id-conflict-child", workflow.ChildWorkflowOptions{}), "child-id-conflict-2": childWaiting(waitForGo),
		"child-id-reuse-rejected": parentOf("child-id-reuse-rejected-child", workflow.ChildWorkflowOptions{
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		}),
		"child-close-policy-terminate-1": leaving("child-close-policy-terminate-child", enumspb.PARENT_CLOSE_POLICY_TERMINATE), "child-close-policy-terminate-2": childWaiting(untilCanceledOrGo),
		"child-close-policy-abandon-1": leaving("child-close-policy-abandon-child", enumspb.PARENT_CLOSE_POLICY_ABANDON), "child-close-policy-abandon-2": childWaiting(untilCanceledOrGo),
		"child-canceled-by-parent-1": declaredParent.Implement(func(ctx wctx, _ none) (string, error) {
			childCtx, stop := workflow.WithCancel(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "child-canceled-by-parent-child"}))
			f := workflow.ExecuteChildWorkflow(childCtx, declaredChild, none{})
			receive(ctx, cancel)
			stop()
			if _, err := f.Get(ctx); failure.IsCanceled(err) {
				return "child canceled", nil
			}
			return "child not canceled", nil
		}),
		"child-canceled-by-parent-2": childWaiting(func(ctx wctx) (string, error) {
			ctx.Done().Receive(ctx)
			wait, _ := workflow.NewDisconnectedContext(ctx)
			receive(wait, goSignal)
			return "", ctx.Err()
		}),

		"external-signal-1": sender(signalTo("external-signal-target")), "external-signal-2": target,
		"external-cancel-not-found": sender(func(ctx wctx) (string, error) {
			_, err := workflow.RequestCancelExternalWorkflow(ctx, "external-cancel-not-found-target", "").Get(ctx)
			return "sent", err
		}),
		"external-signal-self": sender(func(ctx wctx) (string, error) {
			return signalTo(workflow.GetInfo(ctx).WorkflowID)(ctx)
		}),
		"external-closed-target-1": sender(func(ctx wctx) (string, error) {
			if sent, err := signalTo("external-closed-target-target")(ctx); err == nil {
				return sent, nil
			}
			_, err := workflow.RequestCancelExternalWorkflow(ctx, "external-closed-target-target", "").Get(ctx)
			return "no signal sent", err
		}), "external-closed-target-2": target,
	})
}

var (
	declaredParent = workflow.Declare[none, string]("Parent")
	declaredChild  = workflow.Declare[none, string]("Child")
	target         = workflow.Declare[none, string]("Target").Implement(func(ctx wctx, _ none) (string, error) { return untilCanceledOrGo(ctx) })
	continuedChild = declaredChild.Implement(func(ctx wctx, _ none) (string, error) {
		if workflow.GetInfo(ctx).ContinuedRunID != "" {
			return "second run", nil
		}
		receive(ctx, goSignal)
		return "", workflow.NewContinueAsNewError(ctx, declaredChild, none{})
	})
)

func parentOf(id string, o workflow.ChildWorkflowOptions) workflow.Implementation {
	o.WorkflowID = id
	return declaredParent.Implement(func(ctx wctx, _ none) (string, error) {
		return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), declaredChild, none{}).Get(ctx)
	})
}

func leaving(id string, policy enumspb.ParentClosePolicy) workflow.Implementation {
	return declaredParent.Implement(func(ctx wctx, _ none) (string, error) {
		f := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: id, ParentClosePolicy: policy,
		}), declaredChild, none{})
		if _, err := f.GetChildWorkflowExecution().Get(ctx); err != nil {
			return "", err
		}
		return receive(ctx, goSignal), nil
	})
}

func childWaiting(fn func(wctx) (string, error)) workflow.Implementation {
	return declaredChild.Implement(func(ctx wctx, _ none) (string, error) { return fn(ctx) })
}

func untilCanceledOrGo(ctx wctx) (string, error) {
	out, signals := "", goSignal.Channel(ctx)
	workflow.NewSelector(ctx).
		AddReceive(signals, func() { out, _ = signals.Receive(ctx) }).
		AddReceive(ctx.Done(), func() {}).
		Select(ctx)
	return out, ctx.Err()
}

func sender(fn func(wctx) (string, error)) workflow.Implementation {
	return workflow.Declare[none, string]("Sender").Implement(func(ctx wctx, _ none) (string, error) { return fn(ctx) })
}

func signalTo(id string) func(wctx) (string, error) {
	return func(ctx wctx) (string, error) {
		_, err := workflow.SignalExternalWorkflow(ctx, id, "", goSignal, "from a workflow").Get(ctx)
		return "sent", err
	}
}
