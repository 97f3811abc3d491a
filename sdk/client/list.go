package client

import (
	"context"
	"iter"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// ListWorkflows yields the workflows that a filter matches, such as "ExecutionStatus = 'Failed' AND StartTime > '-1h'"; an empty
// one matches all. They are asked for page by page, as the loop goes on. What the service had acknowledged before is among them,
// unless its index has fallen behind by more than two seconds. An error ends the list: serviceerror.InvalidArgument
// says where the filter is wrong.
func (c *Client) ListWorkflows(ctx context.Context, filter string) iter.Seq2[*workflowpb.WorkflowExecutionInfo, error] {
	return func(yield func(*workflowpb.WorkflowExecutionInfo, error) bool) {
		request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: c.options.Namespace, Query: filter}
		for {
			page := &workflowservice.ListWorkflowExecutionsResponse{}
			if err := c.caller.API(ctx, "ListWorkflowExecutions", request, page); err != nil {
				yield(nil, err)
				return
			}
			for _, workflow := range page.Executions {
				if !yield(workflow, nil) {
					return
				}
			}
			if request.NextPageToken = page.NextPageToken; len(request.NextPageToken) == 0 {
				return
			}
		}
	}
}

// CountWorkflows counts the workflows that a filter matches, and with "GROUP BY ExecutionStatus" at its end in groups. Errors: those of
// ListWorkflows.
func (c *Client) CountWorkflows(ctx context.Context, filter string) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	reply := &workflowservice.CountWorkflowExecutionsResponse{}
	err := c.caller.API(ctx, "CountWorkflowExecutions", &workflowservice.CountWorkflowExecutionsRequest{Namespace: c.options.Namespace, Query: filter}, reply)
	return reply, err
}
