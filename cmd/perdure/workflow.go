package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
)

func newWorkflow(g *global) *cobra.Command {
	return group("workflow", "Start workflows, look at them, and talk to them",
		newWorkflowStart(g), newWorkflowResult(g), newWorkflowShow(g), newWorkflowDescribe(g),
		newWorkflowSignal(g), newWorkflowSignalWithStart(g), newWorkflowUpdate(g), newWorkflowUpdateWithStart(g), newWorkflowQuery(g), newWorkflowCancel(g), newWorkflowTerminate(g), newWorkflowDelete(g),
		newWorkflowList(g), newWorkflowCount(g), newWorkflowStack(g), newWorkflowMetadata(g),
		newWorkflowPause(g), newWorkflowUnpause(g), newWorkflowReset(g))
}

// execution are the flags that name a workflow.
type execution struct{ workflowID, runID string }

func (e *execution) register(flags *pflag.FlagSet) {
	flags.StringVarP(&e.workflowID, "workflow-id", "w", "", "id of the workflow")
	flags.StringVarP(&e.runID, "run-id", "r", "", "id of the run (default the latest)")
}

func (e *execution) proto() *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: e.workflowID, RunId: e.runID}
}
