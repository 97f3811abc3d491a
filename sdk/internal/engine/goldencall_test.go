package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// Commands to other workflows, and the failures that come of them, must say what Temporal's do.
func TestCallsSayWhatGoldenEventsSay(t *testing.T) {
	child, signal := workflow.Declare[none, string]("Child"), workflow.DeclareSignal[string]("go")
	family := func(o workflow.ChildWorkflowOptions) workflow.Implementation {
		return workflow.Declare[none, string]("Parent").Implement(func(ctx workflow.Context, _ none) (string, error) {
			return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), child, none{}).Get(ctx)
		})
	}
	sender := func(send func(workflow.Context) workflow.Future[none]) workflow.Implementation {
		return workflow.Declare[none, string]("Sender").Implement(func(ctx workflow.Context, _ none) (string, error) {
			_, err := send(ctx).Get(ctx)
			return "sent", err
		})
	}
	cases := map[string]workflow.Implementation{
		"child-completed-1":             family(workflow.ChildWorkflowOptions{WorkflowID: "child-completed-child"}),
		"child-canceled-from-outside-1": family(workflow.ChildWorkflowOptions{WorkflowID: "child-canceled-from-outside-child"}),
		"child-terminated-1":            family(workflow.ChildWorkflowOptions{WorkflowID: "child-terminated-child"}),
		"child-timed-out-1":             family(workflow.ChildWorkflowOptions{WorkflowID: "child-timed-out-child", WorkflowRunTimeout: 2 * time.Second}),
		"child-id-conflict-1":           family(workflow.ChildWorkflowOptions{WorkflowID: "child-id-conflict-child"}),
		"child-id-reuse-rejected": family(workflow.ChildWorkflowOptions{
			WorkflowID: "child-id-reuse-rejected-child", WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		}),
		"child-canceled-by-parent-1": workflow.Declare[none, string]("Parent").Implement(func(ctx workflow.Context, _ none) (string, error) {
			childCtx, stop := workflow.WithCancel(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "child-canceled-by-parent-child"}))
			f := workflow.ExecuteChildWorkflow(childCtx, child, none{})
			workflow.DeclareSignal[string]("cancel").Channel(ctx).Receive(ctx)
			stop()
			_, _ = f.Get(ctx)
			return "child canceled", nil
		}),
		"external-signal-1": sender(func(ctx workflow.Context) workflow.Future[none] {
			return workflow.SignalExternalWorkflow(ctx, "external-signal-target", "", signal, "from a workflow")
		}),
		"external-signal-self": sender(func(ctx workflow.Context) workflow.Future[none] {
			return workflow.SignalExternalWorkflow(ctx, "external-signal-self-wf", "", signal, "to myself")
		}),
		"external-cancel-not-found": sender(func(ctx workflow.Context) workflow.Future[none] {
			return workflow.RequestCancelExternalWorkflow(ctx, "external-cancel-not-found-target", "")
		}),
	}
	for name, impl := range cases {
		t.Run(name, func(t *testing.T) {
			events := goldenEvents(t, name)
			for i, e := range events {
				if e.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
					continue
				}
				done, err := newRun(t, engine.Options{Namespace: "<namespace>"}, impl).handle(events[:i])
				require.NoError(t, err)
				requireSame(t, done.GetCommands(), events[i+1:])
			}
			last := events[len(events)-1].GetWorkflowExecutionFailedEventAttributes()
			if last == nil {
				return
			}
			done, err := newRun(t, engine.Options{Namespace: "<namespace>"}, impl).handle(events[:len(events)-2])
			require.NoError(t, err)
			got := done.GetCommands()[0].GetFailWorkflowExecutionCommandAttributes().GetFailure()
			withoutSource(got)
			withoutSource(last.Failure)
			require.Truef(t, proto.Equal(last.Failure, got), "%v\n%v", last.Failure, got)
		})
	}
}

// withoutSource takes from a failure and its causes what names the SDK that made them.
func withoutSource(f *failurepb.Failure) {
	for ; f != nil; f = f.GetCause() {
		f.Source = ""
	}
}
