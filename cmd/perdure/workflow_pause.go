package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
)

func newWorkflowPause(g *global) *cobra.Command {
	var o intervention
	return o.command(g, &cobra.Command{
		Use:   "pause",
		Short: "Let a workflow and its activities begin nothing further",
		Long: `Let a workflow and its activities begin nothing further. What is on its way may end; timers fire, signals are
taken and time-outs pass, and the workflow sees all that when it goes on.`,
		Example: `  perdure workflow pause --workflow-id order-1 --reason "until the stock is counted"`,
	}, func(ctx context.Context, s *session) error {
		request := &workflowservice.PauseWorkflowExecutionRequest{
			Namespace: s.Namespace, WorkflowId: o.workflowID, RunId: o.runID, Reason: o.reason, Identity: identity(), RequestId: uuid.NewString(),
		}
		if err := s.call(ctx, "PauseWorkflowExecution", request, &workflowservice.PauseWorkflowExecutionResponse{}); err != nil {
			return err
		}
		return s.done("paused", &o.execution)
	})
}

func newWorkflowUnpause(g *global) *cobra.Command {
	var o intervention
	return o.command(g, &cobra.Command{
		Use:     "unpause",
		Short:   "Let a paused workflow go on",
		Long:    `Let a paused workflow go on. Activities that were paused by themselves stay so: see ` + "`perdure activity unpause`.",
		Example: `  perdure workflow unpause --workflow-id order-1`,
	}, func(ctx context.Context, s *session) error {
		request := &workflowservice.UnpauseWorkflowExecutionRequest{
			Namespace: s.Namespace, WorkflowId: o.workflowID, RunId: o.runID, Reason: o.reason, Identity: identity(), RequestId: uuid.NewString(),
		}
		if err := s.call(ctx, "UnpauseWorkflowExecution", request, &workflowservice.UnpauseWorkflowExecutionResponse{}); err != nil {
			return err
		}
		return s.done("unpaused", &o.execution)
	})
}
