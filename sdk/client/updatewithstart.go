package client

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/workflow"
)

// UpdateWithStart updates the open workflow of o.ID, or starts it and updates it then, in one step: which of the two where it is open says
// o.IDConflictPolicy, and by default the call fails. It waits as [Update] does. A workflow that was started stays so if its
// update is rejected. The errors are those of [Start] and of [Update]; where it is one, nothing was started.
func UpdateWithStart[UpdateIn, UpdateOut, In, Out any](ctx context.Context, c *Client, u workflow.Update[UpdateIn, UpdateOut], value UpdateIn, uo UpdateOptions,
	w workflow.Workflow[In, Out], in In, o StartOptions) (UpdateHandle[UpdateOut], Run[Out], error) {
	reply, err := c.outbound.UpdateWithStartWorkflow(ctx, &UpdateWithStartWorkflowInput{
		UpdateName: u.Name(), UpdateInput: value, UpdateOptions: &uo, WorkflowType: w.Name(), WorkflowInput: in, Options: &o,
		Header: map[string]*commonpb.Payload{},
	})
	if err != nil {
		return UpdateHandle[UpdateOut]{}, Run[Out]{}, err
	}
	handle := handleOf[UpdateOut](c, u.Name(), reply)
	return handle, Run[Out]{c: c, id: handle.workflowID, runID: handle.runID, workflowType: w.Name()}, nil
}

func (o outbound) UpdateWithStartWorkflow(ctx context.Context, in *UpdateWithStartWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	start, err := o.c.startRequest(in.WorkflowType, in.WorkflowInput, *in.Options)
	if err != nil {
		return nil, err
	}
	start.Header = header(in.Header)
	update, err := o.c.updateRequest(&UpdateWorkflowInput{
		WorkflowID: start.WorkflowId, UpdateName: in.UpdateName, Input: in.UpdateInput, Options: in.UpdateOptions, Header: in.Header,
	})
	if err != nil {
		return nil, err
	}
	request := &workflowservice.ExecuteMultiOperationRequest{Namespace: o.c.options.Namespace, Operations: []*workflowservice.ExecuteMultiOperationRequest_Operation{
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_StartWorkflow{StartWorkflow: start}},
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_UpdateWorkflow{UpdateWorkflow: update}},
	}}
	for {
		reply := &workflowservice.ExecuteMultiOperationResponse{}
		if err := o.c.caller.Poll(ctx, "ExecuteMultiOperation", request, reply); err != nil {
			return nil, api.AtFault(err)
		}
		if len(reply.GetResponses()) != 2 {
			return nil, fmt.Errorf("update-with-start of workflow %s: the service answered %d operations of 2", start.WorkflowId, len(reply.GetResponses()))
		}
		if updated := reply.Responses[1].GetUpdateWorkflow(); updated.GetStage() >= update.WaitPolicy.LifecycleStage {
			return updated, nil
		}
	}
}
