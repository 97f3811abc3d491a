package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

func newWorkflowDescribe(g *global) *cobra.Command {
	var e execution
	c := &cobra.Command{
		Use:     "describe",
		Short:   "Show a workflow's state, its open activities and its workflow task",
		Example: `  perdure workflow describe --workflow-id order-1`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				reply, err := s.describe(ctx, &e)
				if err != nil {
					return err
				}
				return s.show(reply, func(width int) []string { return render.Workflow(reply, time.Now(), width) })
			})
		},
	}
	e.register(c.Flags())
	needs(c, "workflow-id")
	return c
}

func (s *session) describe(ctx context.Context, e *execution) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	reply := &workflowservice.DescribeWorkflowExecutionResponse{}
	request := &workflowservice.DescribeWorkflowExecutionRequest{Namespace: s.Namespace, Execution: e.proto()}
	return reply, s.call(ctx, "DescribeWorkflowExecution", request, reply)
}
