package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
)

func newActivityPause(g *global) *cobra.Command {
	var o activities
	var reason string
	c := &cobra.Command{
		Use:   "pause",
		Short: "Let no further attempt of an activity begin",
		Long: `Let no further attempt of an activity begin. None of its time-outs pass until it goes on. An attempt that
runs is told with its next heartbeat, and may end.`,
		Example: `  perdure activity pause --workflow-id order-1 --activity-id charge --reason "the bank is down"
  perdure activity pause --workflow-id order-1 --activity-type Charge`,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(false); err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.call(ctx, "PauseActivity", o.pause(g, reason), &workflowservice.PauseActivityResponse{}); err != nil {
					return err
				}
				return s.doneActivities("paused", &o)
			})
		},
	}
	o.register(c.Flags(), false)
	c.Flags().StringVar(&reason, "reason", "", "why, shown by perdure workflow describe")
	needs(c, "workflow-id")
	return c
}

func (o *activities) pause(g *global, reason string) *workflowservice.PauseActivityRequest {
	q := &workflowservice.PauseActivityRequest{
		Namespace: g.Namespace, Execution: o.proto(), Reason: reason, Identity: identity(), RequestId: uuid.NewString(),
		Activity: &workflowservice.PauseActivityRequest_Id{Id: o.id},
	}
	if o.kind != "" {
		q.Activity = &workflowservice.PauseActivityRequest_Type{Type: o.kind}
	}
	return q
}

func newActivityUnpause(g *global) *cobra.Command {
	var o activities
	var attempts, heartbeats bool
	var jitter duration
	c := &cobra.Command{
		Use:     "unpause",
		Short:   "Let paused activities go on, at once",
		Example: `  perdure activity unpause --workflow-id order-1 --activity-id charge --reset-attempts`,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(true); err != nil {
				return err
			}
			request := &workflowservice.UnpauseActivityRequest{
				Namespace: g.Namespace, Execution: o.proto(), Identity: identity(),
				ResetAttempts: attempts, ResetHeartbeat: heartbeats, Jitter: jitter.proto(),
			}
			switch {
			case o.all:
				request.Activity = &workflowservice.UnpauseActivityRequest_UnpauseAll{UnpauseAll: true}
			case o.kind != "":
				request.Activity = &workflowservice.UnpauseActivityRequest_Type{Type: o.kind}
			default:
				request.Activity = &workflowservice.UnpauseActivityRequest_Id{Id: o.id}
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.call(ctx, "UnpauseActivity", request, &workflowservice.UnpauseActivityResponse{}); err != nil {
					return err
				}
				return s.doneActivities("unpaused", &o)
			})
		},
	}
	o.register(c.Flags(), true)
	c.Flags().BoolVar(&attempts, "reset-attempts", false, "count the attempts anew")
	c.Flags().BoolVar(&heartbeats, "reset-heartbeats", false, "forget the details of heartbeats")
	durationFlag(c.Flags(), &jitter, "jitter", "begin at a time between now and this much later, another for each activity")
	needs(c, "workflow-id")
	return c
}
