package client

import (
	"context"
	"fmt"

	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// UpdateHandle is one update that is answered with an Out.
type UpdateHandle[Out any] struct {
	c                     *Client
	workflowID, runID, id string
	name                  string // empty if not known
	outcome               *updatepb.Outcome
}

// GetUpdateHandle is an update that was asked for before. An empty run id means the workflow's latest run.
func GetUpdateHandle[Out any](c *Client, id, runID, updateID string) UpdateHandle[Out] {
	return UpdateHandle[Out]{c: c, workflowID: id, runID: runID, id: updateID}
}

func handleOf[Out any](c *Client, name string, reply *workflowservice.UpdateWorkflowExecutionResponse) UpdateHandle[Out] {
	ref := reply.GetUpdateRef()
	run := ref.GetWorkflowExecution()
	return UpdateHandle[Out]{c: c, workflowID: run.GetWorkflowId(), runID: run.GetRunId(), id: ref.GetUpdateId(), name: name, outcome: reply.GetOutcome()}
}

// WorkflowID is the id of the workflow that the update is of.
func (h UpdateHandle[Out]) WorkflowID() string { return h.workflowID }

// RunID is the run that the update is of.
func (h UpdateHandle[Out]) RunID() string { return h.runID }

// UpdateID is the update's id.
func (h UpdateHandle[Out]) UpdateID() string { return h.id }

// Get waits for the update's outcome, for as long as ctx lasts. The error is what the workflow's code rejected or failed the update with, as
// a *failure.ApplicationError or another of that package: also, of type AcceptedUpdateCompletedWorkflow, that the workflow closed before
// the update was completed. It is serviceerror.NotFound when the run knows no update of that id: it was never accepted, or was rejected.
func (h UpdateHandle[Out]) Get(ctx context.Context) (Out, error) {
	var out Out
	outcome := h.outcome
	if outcome == nil {
		var err error
		outcome, err = h.c.outbound.PollWorkflowUpdate(ctx, &PollWorkflowUpdateInput{WorkflowID: h.workflowID, RunID: h.runID, UpdateID: h.id})
		if err != nil {
			return out, err
		}
	}
	if f := outcome.GetFailure(); f != nil {
		return out, failure.ToError(h.c.options.DataConverter, f)
	}
	if err := converter.Decode(h.c.options.DataConverter, outcome.GetSuccess(), &out); err != nil {
		return out, fmt.Errorf("output of update %s %s: %w; the declaration must have the workflow's own output type", h.name, h.id, err)
	}
	return out, nil
}

// PollWorkflowUpdate asks again and again: the service lets nobody wait for longer than some seconds.
func (o outbound) PollWorkflowUpdate(ctx context.Context, in *PollWorkflowUpdateInput) (*updatepb.Outcome, error) {
	request := &workflowservice.PollWorkflowExecutionUpdateRequest{
		Namespace:  o.c.options.Namespace,
		UpdateRef:  &updatepb.UpdateRef{WorkflowExecution: execution(in.WorkflowID, in.RunID), UpdateId: in.UpdateID},
		Identity:   o.c.options.Identity,
		WaitPolicy: &updatepb.WaitPolicy{LifecycleStage: stageCompleted},
	}
	for {
		reply := &workflowservice.PollWorkflowExecutionUpdateResponse{}
		if err := o.c.caller.Poll(ctx, "PollWorkflowExecutionUpdate", request, reply); err != nil {
			return nil, err
		}
		if reply.GetOutcome() != nil {
			return reply.GetOutcome(), nil
		}
	}
}
