package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// intervention are the flags of what is done to a workflow from outside, for a reason: ending it, and pausing it.
type intervention struct {
	execution
	reason string
}

func (o *intervention) command(g *global, c *cobra.Command, do func(context.Context, *session) error) *cobra.Command {
	c.RunE = func(c *cobra.Command, _ []string) error { return g.connected(c.Context(), do) }
	o.registerAll(c.Flags())
	needs(c, "workflow-id")
	return c
}

func (o *intervention) registerAll(flags *pflag.FlagSet) {
	o.register(flags)
	flags.StringVar(&o.reason, "reason", "", "why, for the history")
}

func newWorkflowCancel(g *global) *cobra.Command {
	var o intervention
	return o.command(g, &cobra.Command{
		Use:     "cancel",
		Short:   "Ask a workflow to end: its code decides how",
		Example: `  perdure workflow cancel --workflow-id order-1 --reason "the customer changed her mind"`,
	}, func(ctx context.Context, s *session) error {
		status, err := s.status(ctx, &o.execution)
		if err != nil {
			return err
		}
		if status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && status != enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED {
			return s.done(fmt.Sprintf("closed already (%s): there is nothing to cancel", status), &o.execution)
		}
		if err := s.call(ctx, "RequestCancelWorkflowExecution", o.cancelRequest(s.global), &workflowservice.RequestCancelWorkflowExecutionResponse{}); err != nil {
			return err
		}
		return s.done("cancellation requested", &o.execution)
	})
}

// status is asked for before a cancellation, since the API takes one of a closed workflow without a word.
func (s *session) status(ctx context.Context, e *execution) (enumspb.WorkflowExecutionStatus, error) {
	reply, err := s.describe(ctx, e)
	return reply.GetWorkflowExecutionInfo().GetStatus(), err
}

func (o *intervention) cancelRequest(g *global) *workflowservice.RequestCancelWorkflowExecutionRequest {
	return &workflowservice.RequestCancelWorkflowExecutionRequest{
		Namespace:         g.Namespace,
		WorkflowExecution: o.proto(),
		Reason:            o.reason,
		Identity:          identity(),
		RequestId:         uuid.NewString(),
	}
}

func newWorkflowTerminate(g *global) *cobra.Command {
	var o intervention
	return o.command(g, &cobra.Command{
		Use:     "terminate",
		Short:   "End a workflow at once, without asking its code",
		Example: `  perdure workflow terminate --workflow-id order-1 --reason "started by mistake"`,
	}, func(ctx context.Context, s *session) error {
		if err := s.call(ctx, "TerminateWorkflowExecution", o.terminateRequest(s.global), &workflowservice.TerminateWorkflowExecutionResponse{}); err != nil {
			return err
		}
		return s.done("terminated", &o.execution)
	})
}

func (o *intervention) terminateRequest(g *global) *workflowservice.TerminateWorkflowExecutionRequest {
	return &workflowservice.TerminateWorkflowExecutionRequest{
		Namespace:         g.Namespace,
		WorkflowExecution: o.proto(),
		Reason:            o.reason,
		Identity:          identity(),
	}
}
