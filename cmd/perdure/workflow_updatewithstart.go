package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

type workflowUpdateWithStart struct {
	workflowStart
	name, updateID string
	update         input
	stage          *enum[enumspb.UpdateWorkflowExecutionLifecycleStage]
}

func newWorkflowUpdateWithStart(g *global) *cobra.Command {
	o := &workflowUpdateWithStart{}
	c := &cobra.Command{
		Use:   "update-with-start",
		Short: "Ask a workflow to change, which is started for it if it is not open",
		Long: `Ask a workflow to change, which is started for it if it is not open, and wait for what its code answers, as long as that takes. A
workflow that was started stays so when its code rejects the update. The exit code is 1 when the code has rejected or failed it.`,
		Example: `  perdure workflow update-with-start --type Account --task-queue bank --workflow-id account-1 --update-name deposit --update-input 25
  perdure workflow update-with-start --type Account -t bank -w account-1 --update-name close --update-id close-1 --wait-for-stage Accepted
  perdure workflow update result -w account-1 --update-id close-1`,
		RunE: func(c *cobra.Command, _ []string) error {
			request, err := o.request(g)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				update, started, err := s.updateWithStart(ctx, request)
				if err != nil {
					return err
				}
				return s.showUpdate(ctx, o.name, update, &started)
			})
		},
	}
	o.registerAll(c.Flags())
	needs(c, "type", "task-queue", "workflow-id", "update-name")
	return c
}

func (o *workflowUpdateWithStart) registerAll(flags *pflag.FlagSet) {
	o.register(flags)
	o.conflict.value = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	flags.Lookup("id-conflict-policy").Usage += " (default UseExisting)"
	flags.StringVar(&o.name, "update-name", "", "name of the update")
	flags.StringVar(&o.updateID, "update-id", "", "id of the update (default a random one)")
	o.update.registerAs(flags, "update-input", "", "update's input")
	o.stage = enumFlag(flags, "wait-for-stage", "how far the update has come when the command ends", "Accepted, Completed",
		enumspb.UpdateWorkflowExecutionLifecycleStageFromString)
	flags.Lookup("wait-for-stage").Usage += " (default Completed)"
	o.stage.value = updateCompleted
}

func (o *workflowUpdateWithStart) request(g *global) (*workflowservice.ExecuteMultiOperationRequest, error) {
	if o.stage.value != updateAccepted && o.stage.value != updateCompleted {
		return nil, usagef("--wait-for-stage %s: use Accepted or Completed", o.stage.value)
	}
	start, err := o.workflowStart.request(g)
	if err != nil {
		return nil, err
	}
	args, err := o.update.payloads(g.io.in)
	if err != nil {
		return nil, err
	}
	update := &workflowservice.UpdateWorkflowExecutionRequest{
		Namespace:         start.Namespace,
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: start.WorkflowId},
		WaitPolicy:        &updatepb.WaitPolicy{LifecycleStage: o.stage.value},
		Request: &updatepb.Request{
			Meta:  &updatepb.Meta{UpdateId: cmp.Or(o.updateID, uuid.NewString()), Identity: start.Identity},
			Input: &updatepb.Input{Header: &commonpb.Header{}, Name: o.name, Args: args},
		},
	}
	return &workflowservice.ExecuteMultiOperationRequest{Namespace: start.Namespace, Operations: []*workflowservice.ExecuteMultiOperationRequest_Operation{
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_StartWorkflow{StartWorkflow: start}},
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_UpdateWorkflow{UpdateWorkflow: update}},
	}}, nil
}

// updateWithStart asks the same again until the update has come as far as is waited for. It tells whether the workflow was started for it.
func (s *session) updateWithStart(ctx context.Context, request *workflowservice.ExecuteMultiOperationRequest) (_ *workflowservice.UpdateWorkflowExecutionResponse, started bool, _ error) {
	stage := request.Operations[1].GetUpdateWorkflow().GetWaitPolicy().GetLifecycleStage()
	for first := true; ; first = false {
		reply := &workflowservice.ExecuteMultiOperationResponse{}
		if err := s.wait(ctx, "ExecuteMultiOperation", request, reply); err != nil {
			return nil, false, api.AtFault(err)
		}
		if len(reply.GetResponses()) != len(request.Operations) {
			return nil, false, fmt.Errorf("the server answered %d operations of %d: is it of another version?", len(reply.GetResponses()), len(request.Operations))
		}
		if first {
			started = reply.Responses[0].GetStartWorkflow().GetStarted()
		}
		if update := reply.Responses[1].GetUpdateWorkflow(); update.GetStage() >= stage {
			return update, started, nil
		}
	}
}
