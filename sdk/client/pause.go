package client

import (
	"context"

	"github.com/google/uuid"
	"go.temporal.io/api/workflowservice/v1"
)

// Pause lets a workflow and its activities begin nothing further. What is on its way may end; timers fire, signals are taken and time-outs
// pass, and the workflow sees all that when it goes on. An empty run id means the latest run. The error is
// serviceerror.NotFound when no such workflow is open.
func (c *Client) Pause(ctx context.Context, id, runID, reason string) error {
	return c.caller.API(ctx, "PauseWorkflowExecution", &workflowservice.PauseWorkflowExecutionRequest{
		Namespace: c.options.Namespace, WorkflowId: id, RunId: runID, Reason: reason, Identity: c.options.Identity, RequestId: uuid.NewString(),
	}, &workflowservice.PauseWorkflowExecutionResponse{})
}

// Unpause lets a paused workflow go on. Activities that were paused by themselves stay so. The error is serviceerror.NotFound when no such
// workflow is open.
func (c *Client) Unpause(ctx context.Context, id, runID, reason string) error {
	return c.caller.API(ctx, "UnpauseWorkflowExecution", &workflowservice.UnpauseWorkflowExecutionRequest{
		Namespace: c.options.Namespace, WorkflowId: id, RunId: runID, Reason: reason, Identity: c.options.Identity, RequestId: uuid.NewString(),
	}, &workflowservice.UnpauseWorkflowExecutionResponse{})
}
