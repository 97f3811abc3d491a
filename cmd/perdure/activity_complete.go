package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// activityAnswer are the flags of the two ways to end an activity in its worker's place.
type activityAnswer struct {
	activities
	value string
}

func (o *activityAnswer) registerAll(flags *pflag.FlagSet, name, usage string) {
	o.execution.register(flags)
	flags.StringVarP(&o.id, "activity-id", "a", "", "id of the activity")
	flags.StringVar(&o.value, name, "", usage)
}

// payloads are the value as JSON; nil for none.
func (o *activityAnswer) payloads(flag string) (*commonpb.Payloads, error) {
	if o.value == "" {
		return nil, nil
	}
	payload, err := jsonPayload(o.value)
	if err != nil {
		return nil, usagef("--%s %s: %w", flag, o.value, err)
	}
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{payload}}, nil
}

func newActivityComplete(g *global) *cobra.Command {
	var o activityAnswer
	c := &cobra.Command{
		Use:   "complete",
		Short: "Complete an activity with a result, in its worker's place",
		Long: `Complete an activity with a result, in its worker's place. It need not be running: one that nobody has
started, or that waits for its next attempt, is completed, too.`,
		Example: `  perdure activity complete --workflow-id order-1 --activity-id approve --result '{"by": "ann"}'`,
		RunE: func(c *cobra.Command, _ []string) error {
			result, err := o.payloads("result")
			if err != nil {
				return err
			}
			request := &workflowservice.RespondActivityTaskCompletedByIdRequest{
				Namespace: g.Namespace, WorkflowId: o.workflowID, RunId: o.runID, ActivityId: o.id, Result: result, Identity: identity(),
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.call(ctx, "RespondActivityTaskCompletedById", request, &workflowservice.RespondActivityTaskCompletedByIdResponse{}); err != nil {
					return err
				}
				return s.doneActivities("completed", &o.activities)
			})
		},
	}
	o.registerAll(c.Flags(), "result", "result as JSON; none if it is left out")
	needs(c, "workflow-id", "activity-id")
	return c
}

func newActivityFail(g *global) *cobra.Command {
	var o activityAnswer
	var reason, kind string
	var last bool
	c := &cobra.Command{
		Use:   "fail",
		Short: "Fail an activity's attempt, in its worker's place",
		Long: `Fail an activity's attempt, in its worker's place. The next attempt follows as the activity's retry policy
says, unless --non-retryable says that there is none.`,
		Example: `  perdure activity fail --workflow-id order-1 --activity-id approve --reason "nobody approves" --non-retryable
  perdure activity fail --workflow-id order-1 --activity-id approve --type Refused --reason "too much" --detail '{"by": "ann"}'`,
		RunE: func(c *cobra.Command, _ []string) error {
			details, err := o.payloads("detail")
			if err != nil {
				return err
			}
			request := &workflowservice.RespondActivityTaskFailedByIdRequest{
				Namespace: g.Namespace, WorkflowId: o.workflowID, RunId: o.runID, ActivityId: o.id, Identity: identity(),
				Failure: &failurepb.Failure{
					Message: reason, Source: "CLI",
					FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{
						Type: kind, NonRetryable: last, Details: details,
					}},
				},
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.call(ctx, "RespondActivityTaskFailedById", request, &workflowservice.RespondActivityTaskFailedByIdResponse{}); err != nil {
					return err
				}
				return s.doneActivities("failed", &o.activities)
			})
		},
	}
	o.registerAll(c.Flags(), "detail", "details of the failure as JSON")
	c.Flags().StringVar(&reason, "reason", "", "message of the failure")
	c.Flags().StringVar(&kind, "type", "", "type of the failure, which the workflow's code and retry policies go by")
	c.Flags().BoolVar(&last, "non-retryable", false, "there is no further attempt, whatever the retry policy")
	needs(c, "workflow-id", "activity-id")
	return c
}
