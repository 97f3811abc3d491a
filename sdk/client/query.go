package client

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// QueryOption changes one call of Query.
type QueryOption func(*QueryWorkflowInput)

// RejectIf has the query refused, with a *QueryRejectedError, when the workflow's status is such as
// the condition says; without it also closed workflows answer.
func RejectIf(condition enumspb.QueryRejectCondition) QueryOption {
	return func(in *QueryWorkflowInput) { in.QueryRejectCondition = condition }
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
	input := &QueryWorkflowInput{WorkflowID: id, RunID: runID, QueryType: q.Name(), Input: in, Header: map[string]*commonpb.Payload{}}
	for _, option := range options {
		option(input)
	}
	answer, err := c.outbound.QueryWorkflow(ctx, input)
	if err != nil {
		return out, err
	}
	if err := converter.Decode(c.options.DataConverter, answer, &out); err != nil {
		return out, fmt.Errorf("output of query %s: %w; the declaration must have the workflow's own output type", q.Name(), err)
	}
	return out, nil
}

func (o outbound) QueryWorkflow(ctx context.Context, in *QueryWorkflowInput) (*commonpb.Payloads, error) {
	args, err := converter.Encode(o.c.options.DataConverter, in.Input)
	if err != nil {
		return nil, fmt.Errorf("input of query %s: %w", in.QueryType, err)
	}
	request := &workflowservice.QueryWorkflowRequest{
		Namespace:            o.c.options.Namespace,
		Execution:            execution(in.WorkflowID, in.RunID),
		Query:                &querypb.WorkflowQuery{QueryType: in.QueryType, QueryArgs: args, Header: header(in.Header)},
		QueryRejectCondition: in.QueryRejectCondition,
	}
	reply := &workflowservice.QueryWorkflowResponse{}
	if err := o.c.caller.Query(ctx, request, reply); err != nil {
		return nil, err
	}
	if rejected := reply.GetQueryRejected(); rejected != nil {
		return nil, &QueryRejectedError{Status: rejected.GetStatus()}
	}
	return reply.GetQueryResult(), nil
}
