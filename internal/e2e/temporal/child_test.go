package temporal

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// kin is a child that ends in the way that it is told to.
func kin(ctx workflow.Context, how string) (string, error) {
	info := workflow.GetInfo(ctx)
	switch how {
	case "fails":
		return "", temporal.NewApplicationError("it was told to", "Told")
	case "continues":
		return "", workflow.NewContinueAsNewError(ctx, "kin", "tells")
	case "waits":
		err := workflow.Await(ctx, func() bool { return workflow.GetSignalChannel(ctx, "go on").Len() > 0 })
		return "", err
	}
	if info.ParentWorkflowExecution == nil || info.RootWorkflowExecution == nil {
		return "nobody's", nil
	}
	return info.ParentWorkflowExecution.ID + " " + info.RootWorkflowExecution.ID, nil
}

// elder starts one child and tells what became of it.
func elder(ctx workflow.Context, how, id string) (string, error) {
	childCtx, cancel := workflow.WithCancel(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id, WaitForCancellation: true}))
	child := workflow.ExecuteChildWorkflow(childCtx, "kin", how)
	if how == "waits" {
		if err := child.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return "", err
		}
		cancel()
	}
	var told string
	err := child.Get(ctx, &told)
	cancel()
	return told, err
}

func family(t testing.TB, c client.Client) (queue string) {
	t.Helper()
	return startWorker(t, c, worker.Options{}, func(w worker.Worker) {
		w.RegisterWorkflow(kin)
		w.RegisterWorkflow(elder)
		w.RegisterWorkflow(leaver)
	})
}

// A parent is told of each end of a child, as by Temporal.
func TestChildren(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := family(t, c)
		childID := func() string { return "kin-" + uuid.NewString() }
		outcome := func(how, id string) (told string, parent client.WorkflowRun, err error) {
			parent = begin(t, c, queue, elder, how, id)
			err = parent.Get(within(t), &told)
			return told, parent, err
		}
		for _, how := range []string{"tells", "continues"} {
			told, parent, err := outcome(how, childID())
			require.NoError(t, err)
			require.Equal(t, parent.GetID()+" "+parent.GetID(), told)
		}

		id := childID()
		_, _, err := outcome("fails", id)
		var failed *temporal.ChildWorkflowExecutionError
		var applied *temporal.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.ErrorAs(t, err, &applied)
		require.Equal(t, "Told", applied.Type())
		require.ErrorContains(t, err, id)

		_, _, err = outcome("waits", childID())
		var canceled *temporal.CanceledError
		require.ErrorAs(t, err, &canceled)

		taken := begin(t, c, queue, kin, "waits")
		_, _, err = outcome("tells", taken.GetID())
		require.ErrorContains(t, err, "child workflow execution already started")
		require.NoError(t, c.TerminateWorkflow(within(t), taken.GetID(), "", ""))

		id = childID()
		parent := begin(t, c, queue, elder, "tells", id)
		require.NoError(t, parent.Get(within(t), nil))
		children, err := c.ListWorkflow(within(t), &workflowservice.ListWorkflowExecutionsRequest{
			Query: fmt.Sprintf("ParentWorkflowId = '%[1]s' AND RootWorkflowId = '%[1]s'", parent.GetID()),
		})
		require.NoError(t, err)
		require.Len(t, children.GetExecutions(), 1)
		require.Equal(t, id, children.GetExecutions()[0].GetExecution().GetWorkflowId())
	})
}

// leaver ends before its children do.
func leaver(ctx workflow.Context, id string) error {
	for _, p := range []struct {
		name   string
		policy enumspb.ParentClosePolicy
	}{
		{"-ended", enumspb.PARENT_CLOSE_POLICY_TERMINATE}, {"-asked", enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL}, {"-left", enumspb.PARENT_CLOSE_POLICY_ABANDON},
	} {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id + p.name, ParentClosePolicy: p.policy})
		if err := workflow.ExecuteChildWorkflow(child, "kin", "waits").GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

func TestParentClosePolicies(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		id := "kin-" + uuid.NewString()
		require.NoError(t, begin(t, c, family(t, c), leaver, id).Get(within(t), nil))

		err := c.GetWorkflow(within(t), id+"-ended", "").Get(within(t), nil)
		var terminated *temporal.TerminatedError
		require.ErrorAs(t, err, &terminated)
		err = c.GetWorkflow(within(t), id+"-asked", "").Get(within(t), nil)
		var canceled *temporal.CanceledError
		require.ErrorAs(t, err, &canceled)
		require.NoError(t, c.SignalWorkflow(within(t), id+"-left", "", "go on", nil))
		require.NoError(t, c.GetWorkflow(within(t), id+"-left", "").Get(within(t), nil))
	})
}

// speak signals a workflow, or asks it to cancel, and tells what came of it.
func speak(ctx workflow.Context, id string, cancel bool) error {
	if cancel {
		return workflow.RequestCancelExternalWorkflow(ctx, id, "").Get(ctx, nil)
	}
	return workflow.SignalExternalWorkflow(ctx, id, "", "go on", nil).Get(ctx, nil)
}

// A workflow signals and cancels another one, and hears when there is none.
func TestExternalWorkflows(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorker(t, c, worker.Options{}, func(w worker.Worker) {
			w.RegisterWorkflow(kin)
			w.RegisterWorkflow(speak)
		})
		for _, cancel := range []bool{false, true} {
			target := begin(t, c, queue, kin, "waits")
			require.NoError(t, begin(t, c, queue, speak, target.GetID(), cancel).Get(within(t), nil))
			err := target.Get(within(t), nil)
			var canceled *temporal.CanceledError
			require.Equal(t, cancel, errors.As(err, &canceled), "%v", err)

			err = begin(t, c, queue, speak, "nobody-"+uuid.NewString(), cancel).Get(within(t), nil)
			require.ErrorContains(t, err, "unknown external workflow execution")
		}
	})
}
