package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
)

func newActivityReset(g *global) *cobra.Command {
	var o activities
	var heartbeats, paused, original bool
	var jitter duration
	c := &cobra.Command{
		Use:   "reset",
		Short: "Make activities begin again with their first attempt",
		Long: `Make activities begin again with their first attempt, at once. While an attempt runs it is told with its
next heartbeat; it may end, and only the one after it is another. A paused activity goes on, unless --keep-paused.`,
		Example: `  perdure activity reset --workflow-id order-1 --activity-id charge
  perdure activity reset --workflow-id order-1 --match-all --jitter 1m`,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(true); err != nil {
				return err
			}
			request := &workflowservice.ResetActivityRequest{
				Namespace: g.Namespace, Execution: o.proto(), Identity: identity(),
				ResetHeartbeat: heartbeats, KeepPaused: paused, RestoreOriginalOptions: original, Jitter: jitter.proto(),
			}
			switch {
			case o.all:
				request.Activity = &workflowservice.ResetActivityRequest_MatchAll{MatchAll: true}
			case o.kind != "":
				request.Activity = &workflowservice.ResetActivityRequest_Type{Type: o.kind}
			default:
				request.Activity = &workflowservice.ResetActivityRequest_Id{Id: o.id}
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.call(ctx, "ResetActivity", request, &workflowservice.ResetActivityResponse{}); err != nil {
					return err
				}
				return s.doneActivities("reset", &o)
			})
		},
	}
	o.register(c.Flags(), true)
	c.Flags().BoolVar(&heartbeats, "reset-heartbeats", false, "forget the details of heartbeats")
	c.Flags().BoolVar(&paused, "keep-paused", false, "leave paused ones paused")
	c.Flags().BoolVar(&original, "restore-original-options", false, "give them the options again that the workflow gave them")
	durationFlag(c.Flags(), &jitter, "jitter", "begin at a time between now and this much later, another for each activity")
	needs(c, "workflow-id")
	return c
}
