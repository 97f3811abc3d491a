package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
)

// newWorkflowDelete deletes one run, and says which before it asks.
func newWorkflowDelete(g *global) *cobra.Command {
	var e execution
	var yes bool
	c := &cobra.Command{
		Use:     "delete",
		Short:   "Delete a workflow's run and its history; an open one is terminated first",
		Example: `  perdure workflow delete --workflow-id order-1 --yes`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.deleteWorkflow(ctx, e, yes) })
		},
	}
	e.register(c.Flags())
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	needs(c, "workflow-id")
	return c
}

// deleteWorkflow names the run by its id, so that nothing else is deleted when the request is repeated.
func (s *session) deleteWorkflow(ctx context.Context, e execution, yes bool) error {
	found, err := s.describe(ctx, &e)
	if err != nil {
		return err
	}
	info := found.GetWorkflowExecutionInfo()
	e.runID = info.GetExecution().GetRunId()
	if !yes {
		question := fmt.Sprintf("Delete run %s of workflow %s (%s), with its history? It cannot be brought back. Type yes:", e.runID, e.workflowID, info.GetStatus())
		if err := s.confirm(question); err != nil {
			return err
		}
	}
	err = s.call(ctx, "DeleteWorkflowExecution", &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: s.Namespace, WorkflowExecution: e.proto(),
	}, &workflowservice.DeleteWorkflowExecutionResponse{})
	if err != nil {
		return err
	}
	return s.done("deleted", &e)
}

// confirm asks, where an answer can be given, and goes on with a yes alone.
func (g *global) confirm(question string) error {
	if !g.io.terminal {
		return usagef("nothing was done: --yes is needed where there is no terminal to ask at")
	}
	if _, err := fmt.Fprint(g.io.err, question+" "); err != nil {
		return err
	}
	answer, _ := bufio.NewReader(g.io.in).ReadString('\n') // at its end there is none
	if strings.ToLower(strings.TrimSpace(answer)) != "yes" {
		return usagef("nothing was done: the question was not answered with yes; --yes answers it beforehand")
	}
	return nil
}
