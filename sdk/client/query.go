package client

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// QueryOption changes one call of Query.
type QueryOption func(*workflowservice.QueryWorkflowRequest)

// RejectIf has the query refused, with a *QueryRejectedError, when the workflow's status is such as
// the condition says; without it also closed workflows answer.
func RejectIf(condition enumspb.QueryRejectCondition) QueryOption {
	return func(r *workflowservice.QueryWorkflowRequest) { r.QueryRejectCondition = condition }
}

// QueryRejectedError says that a workflow was not asked, because of RejectIf.
type QueryRejectedError struct {
	Status enumspb.WorkflowExecutionStatus
}

// Error implements error.
func (e *QueryRejectedError) Error() string {
	return fmt.Sprintf("query rejected: the workflow is %s", e.Status)
}

// Query asks a workflow, open or closed, whose code answers on a worker of its task queue; where there is
// none the query waits, as any call does. An empty run id means the workflow's latest run. The error is
//   - serviceerror.QueryFailed when the workflow's code refuses the query or does not know it,
//   - serviceerror.NotFound when there is no such workflow,
//   - *QueryRejectedError when an option has it refused.
func Query[In, Out any](ctx context.Context, c *Client, id, runID string, q workflow.Query[In, Out], in In, options ...QueryOption) (Out, error) {
	var out Out
	args, err := converter.Encode(c.options.DataConverter, in)
	if err != nil {
		return out, fmt.Errorf("input of query %s: %w", q.Name(), err)
	}
	request := &workflowservice.QueryWorkflowRequest{
		Namespace: c.options.Namespace,
		Execution: execution(id, runID),
		Query:     &querypb.WorkflowQuery{QueryType: q.Name(), QueryArgs: args},
	}
	for _, option := range options {
		option(request)
	}
	reply := &workflowservice.QueryWorkflowResponse{}
	if err := c.caller.Query(ctx, request, reply); err != nil {
		return out, err
	}
	if rejected := reply.GetQueryRejected(); rejected != nil {
		return out, &QueryRejectedError{Status: rejected.GetStatus()}
	}
	if err := converter.Decode(c.options.DataConverter, reply.GetQueryResult(), &out); err != nil {
		return out, fmt.Errorf("output of query %s: %w; the declaration must have the workflow's own output type", q.Name(), err)
	}
	return out, nil
}
