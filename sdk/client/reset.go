package client

import (
	"context"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// ResetOptions say where a workflow is run again from.
type ResetOptions struct {
	// EventID is the WorkflowTaskCompleted event of the first task that is run again, or any between that task's scheduled event and it.
	EventID int64
	// Reason is for the history.
	Reason string
	// Exclude is what came after the task and does not come to the new run: signals, updates.
	Exclude []enumspb.ResetReapplyExcludeType
}

// Reset runs a workflow again from one of its workflow tasks on, in a new run with the history up to there, and returns that run's id. The
// workflow's latest run is terminated if it is open; signals and updates that came since the task come to the new one. An
// empty run id means the latest run. The error is serviceerror.NotFound when there is no such run, and
// serviceerror.InvalidArgument when the event is none of a workflow task.
func (c *Client) Reset(ctx context.Context, id, runID string, o ResetOptions) (newRunID string, err error) {
	if runID == "" {
		// By its id: what is sent again must not reset the run that it has made.
		found, err := c.Describe(ctx, id, "")
		if err != nil {
			return "", err
		}
		runID = found.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	}
	reply := &workflowservice.ResetWorkflowExecutionResponse{}
	err = c.caller.API(ctx, "ResetWorkflowExecution", &workflowservice.ResetWorkflowExecutionRequest{
		Namespace:                 c.options.Namespace,
		WorkflowExecution:         execution(id, runID),
		Reason:                    o.Reason,
		WorkflowTaskFinishEventId: o.EventID,
		RequestId:                 uuid.NewString(),
		ResetReapplyExcludeTypes:  o.Exclude,
		Identity:                  c.options.Identity,
	}, reply)
	return reply.GetRunId(), err
}
