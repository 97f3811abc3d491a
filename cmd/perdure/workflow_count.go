package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

func newWorkflowCount(g *global) *cobra.Command {
	var query string
	c := &cobra.Command{
		Use:   "count",
		Short: "Count workflows, by a filter, and in groups",
		Long: `Count the workflows that a filter matches; with GROUP BY ExecutionStatus, say, in groups.

` + filterHelp,
		Example: `  perdure workflow count
  perdure workflow count --query "WorkflowType = 'Checkout' AND ExecutionStatus = 'Running'"
  perdure workflow count --query "StartTime > '-1h' GROUP BY ExecutionStatus"`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				reply := &workflowservice.CountWorkflowExecutionsResponse{}
				request := &workflowservice.CountWorkflowExecutionsRequest{Namespace: s.Namespace, Query: query}
				if err := s.call(ctx, "CountWorkflowExecutions", request, reply); err != nil {
					return err
				}
				return s.show(reply, func(width int) []string { return render.WorkflowCount(reply, width) })
			})
		},
	}
	c.Flags().StringVarP(&query, "query", "q", "", "filter (default all workflows)")
	return c
}
