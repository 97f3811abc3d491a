package client

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// UpdateOptions say how an update is asked for. The zero value waits for its outcome.
type UpdateOptions struct {
	// ID tells the update from others of the run, at most 1000 bytes: one that the run knows is not carried out again, but found. Empty makes
	// a unique one.
	ID string
	// WaitForStage is how far the update has come when the call returns: UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED or, as by
	// default, _COMPLETED.
	WaitForStage enumspb.UpdateWorkflowExecutionLifecycleStage
	// FirstRunID, if it is set, has the update refused where the run does not continue this one.
	FirstRunID string
}

const stageCompleted = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED

// Update asks an open workflow to change, and waits until its code has accepted that or, as by default, carried it out: for as long as
// ctx lasts, also while no worker is there. An empty run id means the latest run. The end of ctx does not take the update back: ask again,
// under the same id, or [GetUpdateHandle], to find it.
//
// That the workflow's code rejects the update, or fails it, is no error of Update, but of the handle's Get. The error is
//   - serviceerror.NotFound when no such workflow is open, or it closes before its code has accepted the update,
//   - serviceerror.WorkflowNotReady when the workflow's code is broken: it has failed several workflow tasks,
//   - serviceerror.FailedPrecondition when the workflow is paused, or has had as many updates as the namespace allows,
//   - serviceerror.InvalidArgument when an option is wrong.
func Update[In, Out any](ctx context.Context, c *Client, id, runID string, u workflow.Update[In, Out], in In, o UpdateOptions) (UpdateHandle[Out], error) {
	reply, err := c.outbound.UpdateWorkflow(ctx, &UpdateWorkflowInput{
		WorkflowID: id, RunID: runID, UpdateName: u.Name(), Input: in, Options: &o, Header: map[string]*commonpb.Payload{},
	})
	if err != nil {
		return UpdateHandle[Out]{}, err
	}
	return handleOf[Out](c, u.Name(), reply), nil
}

func (o outbound) UpdateWorkflow(ctx context.Context, in *UpdateWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	request, err := o.c.updateRequest(in)
	if err != nil {
		return nil, err
	}
	for {
		// Under the same id it is found when it was admitted before.
		reply := &workflowservice.UpdateWorkflowExecutionResponse{}
		if err := o.c.caller.Poll(ctx, "UpdateWorkflowExecution", request, reply); err != nil {
			return nil, err
		}
		if reply.GetStage() >= request.WaitPolicy.LifecycleStage {
			return reply, nil
		}
	}
}

func (c *Client) updateRequest(in *UpdateWorkflowInput) (*workflowservice.UpdateWorkflowExecutionRequest, error) {
	input, err := converter.Encode(c.options.DataConverter, in.Input)
	if err != nil {
		return nil, fmt.Errorf("input of update %s: %w", in.UpdateName, err)
	}
	o := in.Options
	return &workflowservice.UpdateWorkflowExecutionRequest{
		Namespace:           c.options.Namespace,
		WorkflowExecution:   execution(in.WorkflowID, in.RunID),
		FirstExecutionRunId: o.FirstRunID,
		WaitPolicy:          &updatepb.WaitPolicy{LifecycleStage: cmp.Or(o.WaitForStage, stageCompleted)},
		Request: &updatepb.Request{
			Meta:  &updatepb.Meta{UpdateId: cmp.Or(o.ID, uuid.NewString()), Identity: c.options.Identity},
			Input: &updatepb.Input{Header: &commonpb.Header{Fields: in.Header}, Name: in.UpdateName, Args: input},
		},
	}, nil
}
