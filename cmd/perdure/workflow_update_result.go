package main

import (
	"context"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

type updateRef struct {
	execution
	updateID string
}

func newUpdateResult(g *global) *cobra.Command {
	var o updateRef
	return o.command(g, updateCompleted, &cobra.Command{
		Use:   "result",
		Short: "Wait for an update's outcome and show it",
		Long: `Wait for the outcome of an update that the workflow's code has accepted, as long as that takes, and show it. The exit code
is 1 when the update has failed. An update that was rejected is not known any more.`,
		Example: `  perdure workflow update result --workflow-id account-1 --update-id transfer-7`,
	})
}

func newUpdateDescribe(g *global) *cobra.Command {
	var o updateRef
	return o.command(g, enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_UNSPECIFIED, &cobra.Command{
		Use:     "describe",
		Short:   "Show how far an update has come",
		Example: `  perdure workflow update describe --workflow-id account-1 --update-id transfer-7`,
	})
}

func (o *updateRef) command(g *global, stage enumspb.UpdateWorkflowExecutionLifecycleStage, c *cobra.Command) *cobra.Command {
	c.RunE = func(c *cobra.Command, _ []string) error {
		request := &workflowservice.PollWorkflowExecutionUpdateRequest{
			Namespace: g.Namespace, UpdateRef: &updatepb.UpdateRef{WorkflowExecution: o.proto(), UpdateId: o.updateID},
			Identity: identity(), WaitPolicy: &updatepb.WaitPolicy{LifecycleStage: stage},
		}
		return g.connected(c.Context(), func(ctx context.Context, s *session) error {
			for {
				reply := &workflowservice.PollWorkflowExecutionUpdateResponse{}
				if err := s.wait(ctx, "PollWorkflowExecutionUpdate", request, reply); err != nil {
					return err
				}
				if reply.GetStage() >= stage {
					return s.showUpdate(ctx, "", reply, nil)
				}
			}
		})
	}
	o.register(c.Flags())
	c.Flags().StringVar(&o.updateID, "update-id", "", "id of the update")
	needs(c, "workflow-id", "update-id")
	return c
}
