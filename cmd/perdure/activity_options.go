package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	activitypb "go.temporal.io/api/activity/v1"
	commonpb "go.temporal.io/api/common/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/perdure/perdure/internal/render"
)

// activityOptions are the flags of an activity's options. Only those that are given are changed.
type activityOptions struct {
	activities
	queue                                                     string
	scheduleToClose, scheduleToStart, startToClose, heartbeat duration
	initial, maximum                                          duration
	coefficient                                               float64
	attempts                                                  int32
	original                                                  bool
}

// optionPaths are what the flags change.
var optionPaths = map[string]string{
	"task-queue":                "task_queue.name",
	"schedule-to-close-timeout": "schedule_to_close_timeout",
	"schedule-to-start-timeout": "schedule_to_start_timeout",
	"start-to-close-timeout":    "start_to_close_timeout",
	"heartbeat-timeout":         "heartbeat_timeout",
	"retry-initial-interval":    "retry_policy.initial_interval",
	"retry-maximum-interval":    "retry_policy.maximum_interval",
	"retry-backoff-coefficient": "retry_policy.backoff_coefficient",
	"retry-maximum-attempts":    "retry_policy.maximum_attempts",
}

func newActivityOptions(g *global) *cobra.Command {
	var o activityOptions
	c := &cobra.Command{
		Use:   "update-options",
		Short: "Give activities other time-outs, another retry policy or another task queue",
		Long: `Give activities other options. Those whose flags are not given stay. Time-outs hold at once; a
task queue and a retry policy from the next attempt on.`,
		Example: `  perdure activity update-options --workflow-id order-1 --activity-id charge --start-to-close-timeout 5m --retry-maximum-attempts 10
  perdure activity update-options --workflow-id order-1 --activity-type Charge --restore-original-options`,
		RunE: func(c *cobra.Command, _ []string) error {
			request, err := o.request(g, c.Flags())
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				reply := &workflowservice.UpdateActivityOptionsResponse{}
				if err := s.call(ctx, "UpdateActivityOptions", request, reply); err != nil {
					return err
				}
				return s.show(reply, func(width int) []string { return optionRows(reply.GetActivityOptions()).Lines(width) })
			})
		},
	}
	o.registerAll(c.Flags())
	needs(c, "workflow-id")
	return c
}

func (o *activityOptions) registerAll(flags *pflag.FlagSet) {
	o.register(flags, true)
	flags.StringVarP(&o.queue, "task-queue", "t", "", "queue of the workers that may run it")
	durationFlag(flags, &o.scheduleToClose, "schedule-to-close-timeout", "limit of all attempts together, 0 for none")
	durationFlag(flags, &o.scheduleToStart, "schedule-to-start-timeout", "limit of an attempt's wait for a worker, 0 for none")
	durationFlag(flags, &o.startToClose, "start-to-close-timeout", "limit of each attempt")
	durationFlag(flags, &o.heartbeat, "heartbeat-timeout", "limit of the time between two heartbeats, 0 for none")
	durationFlag(flags, &o.initial, "retry-initial-interval", "wait before the second attempt")
	durationFlag(flags, &o.maximum, "retry-maximum-interval", "longest wait before an attempt")
	flags.Float64Var(&o.coefficient, "retry-backoff-coefficient", 0, "how much longer each wait is than the one before")
	flags.Int32Var(&o.attempts, "retry-maximum-attempts", 0, "how many attempts there are at most, 0 for no limit")
	flags.BoolVar(&o.original, "restore-original-options", false, "the options again that the workflow gave it, and none of the above")
}

func (o *activityOptions) request(g *global, flags *pflag.FlagSet) (*workflowservice.UpdateActivityOptionsRequest, error) {
	if err := o.check(true); err != nil {
		return nil, err
	}
	request := &workflowservice.UpdateActivityOptionsRequest{
		Namespace: g.Namespace, Execution: o.proto(), Identity: identity(), RestoreOriginal: o.original,
	}
	switch {
	case o.all:
		request.Activity = &workflowservice.UpdateActivityOptionsRequest_MatchAll{MatchAll: true}
	case o.kind != "":
		request.Activity = &workflowservice.UpdateActivityOptionsRequest_Type{Type: o.kind}
	default:
		request.Activity = &workflowservice.UpdateActivityOptionsRequest_Id{Id: o.id}
	}
	var paths []string
	flags.Visit(func(flag *pflag.Flag) {
		if path, option := optionPaths[flag.Name]; option {
			paths = append(paths, path)
		}
	})
	switch {
	case o.original && len(paths) > 0:
		return nil, usagef("--restore-original-options stands alone: leave the other options out")
	case o.original:
		return request, nil
	case len(paths) == 0:
		return nil, usagef("no option is given: see `perdure activity update-options --help`")
	}
	request.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
	request.ActivityOptions = o.options()
	return request, nil
}

func (o *activityOptions) options() *activitypb.ActivityOptions {
	return &activitypb.ActivityOptions{
		TaskQueue:              &taskqueuepb.TaskQueue{Name: o.queue},
		ScheduleToCloseTimeout: o.scheduleToClose.proto(), ScheduleToStartTimeout: o.scheduleToStart.proto(),
		StartToCloseTimeout: o.startToClose.proto(), HeartbeatTimeout: o.heartbeat.proto(),
		RetryPolicy: &commonpb.RetryPolicy{
			InitialInterval: o.initial.proto(), MaximumInterval: o.maximum.proto(),
			BackoffCoefficient: o.coefficient, MaximumAttempts: o.attempts,
		},
	}
}

// optionRows are the options that hold from now on.
func optionRows(o *activitypb.ActivityOptions) *render.Rows {
	var rows render.Rows
	rows.Pair("Task queue", render.OneLine(o.GetTaskQueue().GetName()))
	for _, timeout := range []struct {
		name  string
		value *durationpb.Duration
	}{
		{"Schedule to close", o.GetScheduleToCloseTimeout()}, {"Schedule to start", o.GetScheduleToStartTimeout()},
		{"Start to close", o.GetStartToCloseTimeout()}, {"Heartbeat", o.GetHeartbeatTimeout()},
	} {
		rows.Pair(timeout.name, render.Timeout(timeout.value))
	}
	policy := o.GetRetryPolicy()
	attempts := "any number"
	if most := policy.GetMaximumAttempts(); most > 0 {
		attempts = strconv.Itoa(int(most))
	}
	rows.Pair("Attempts", attempts)
	rows.Pair("Wait", spell(policy.GetInitialInterval().AsDuration())+", each "+strconv.FormatFloat(policy.GetBackoffCoefficient(), 'g', -1, 64)+
		" times the one before, at most "+spell(policy.GetMaximumInterval().AsDuration()))
	return &rows
}
