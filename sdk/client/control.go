package client

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// Cancel asks an open workflow to end: its context is cancelled, and its code decides what follows.
// An empty run id means the latest run. The error is serviceerror.NotFound when there is no such
// workflow; one that is closed stays as it is, without an error.
func (c *Client) Cancel(ctx context.Context, id, runID string) error {
	return c.outbound.CancelWorkflow(ctx, &CancelWorkflowInput{WorkflowID: id, RunID: runID})
}

func (o outbound) CancelWorkflow(ctx context.Context, in *CancelWorkflowInput) error {
	return o.c.caller.API(ctx, "RequestCancelWorkflowExecution", &workflowservice.RequestCancelWorkflowExecutionRequest{
		Namespace:         o.c.options.Namespace,
		WorkflowExecution: execution(in.WorkflowID, in.RunID),
		Identity:          o.c.options.Identity,
		RequestId:         uuid.NewString(),
	}, &workflowservice.RequestCancelWorkflowExecutionResponse{})
}

// Terminate ends an open workflow at once; its code is not asked. An empty run id means the latest
// run. The error is serviceerror.NotFound when no such workflow is open: also when an earlier sending
// of this very request, whose answer was lost, has ended it.
func (c *Client) Terminate(ctx context.Context, id, runID, reason string, details ...any) error {
	return c.outbound.TerminateWorkflow(ctx, &TerminateWorkflowInput{WorkflowID: id, RunID: runID, Reason: reason, Details: details})
}

func (o outbound) TerminateWorkflow(ctx context.Context, in *TerminateWorkflowInput) error {
	payloads, err := converter.EncodeAll(o.c.options.DataConverter, in.Details...)
	if err != nil {
		return fmt.Errorf("details of the termination: %w", err)
	}
	return o.c.caller.API(ctx, "TerminateWorkflowExecution", &workflowservice.TerminateWorkflowExecutionRequest{
		Namespace:         o.c.options.Namespace,
		WorkflowExecution: execution(in.WorkflowID, in.RunID),
		Reason:            in.Reason,
		Details:           payloads,
		Identity:          o.c.options.Identity,
	}, &workflowservice.TerminateWorkflowExecutionResponse{})
}

// Delete removes a run and its history; an open one is terminated first. An empty run id means the latest run. The error
// is serviceerror.NotFound when there is no such run: also when an earlier sending of this very request, whose
// answer was lost, has deleted it.
func (c *Client) Delete(ctx context.Context, id, runID string) error {
	if runID == "" {
		// By its id: what is sent again must not delete the run before.
		found, err := c.Describe(ctx, id, "")
		if err != nil {
			return err
		}
		runID = found.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	}
	return c.caller.API(ctx, "DeleteWorkflowExecution", &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace:         c.options.Namespace,
		WorkflowExecution: execution(id, runID),
	}, &workflowservice.DeleteWorkflowExecutionResponse{})
}

// Describe tells a workflow's status, times, memo, pending activities and pending workflow task. An
// empty run id means the latest run. The error is serviceerror.NotFound when there is no such workflow.
func (c *Client) Describe(ctx context.Context, id, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return c.outbound.DescribeWorkflow(ctx, &DescribeWorkflowInput{WorkflowID: id, RunID: runID})
}

func (o outbound) DescribeWorkflow(ctx context.Context, in *DescribeWorkflowInput) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	reply := &workflowservice.DescribeWorkflowExecutionResponse{}
	err := o.c.caller.API(ctx, "DescribeWorkflowExecution", &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: o.c.options.Namespace,
		Execution: execution(in.WorkflowID, in.RunID),
	}, reply)
	if err != nil {
		return nil, err
	}
	return reply, nil
}
