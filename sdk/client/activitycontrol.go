package client

import (
	"context"
	"time"

	"github.com/google/uuid"
	activitypb "go.temporal.io/api/activity/v1"
	commonpb "go.temporal.io/api/common/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/perdure/perdure/sdk/workflow"
)

// Activities are pending activities of a run: the one of an id, or those of a type.
type Activities struct {
	// WorkflowID and RunID are the workflow; an empty run id means its latest run.
	WorkflowID, RunID string
	// ActivityID is the id that the workflow gave the activity, or the id of its scheduled event; if empty, it is those of Type.
	ActivityID string
	Type       string
}

// PauseActivities lets no further attempt begin. None of the activities' time-outs pass until they go on; an attempt that runs is told with its
// next heartbeat, and may end. The error is serviceerror.NotFound when there is no such activity or workflow.
func (c *Client) PauseActivities(ctx context.Context, which Activities, reason string) error {
	request := &workflowservice.PauseActivityRequest{
		Namespace: c.options.Namespace, Execution: execution(which.WorkflowID, which.RunID), Identity: c.options.Identity, Reason: reason,
		Activity: &workflowservice.PauseActivityRequest_Id{Id: which.ActivityID}, RequestId: uuid.NewString(),
	}
	if which.ActivityID == "" {
		request.Activity = &workflowservice.PauseActivityRequest_Type{Type: which.Type}
	}
	return c.caller.API(ctx, "PauseActivity", request, &workflowservice.PauseActivityResponse{})
}

// UnpauseOptions say how paused activities go on.
type UnpauseOptions struct {
	// ResetAttempts counts the attempts anew; ResetHeartbeats forgets the details of heartbeats.
	ResetAttempts, ResetHeartbeats bool
	// Jitter spreads their beginnings over so long; 0: at once.
	Jitter time.Duration
}

// UnpauseActivities lets paused activities go on. The error is serviceerror.NotFound when there is no such activity or workflow.
func (c *Client) UnpauseActivities(ctx context.Context, which Activities, o UnpauseOptions) error {
	request := &workflowservice.UnpauseActivityRequest{
		Namespace: c.options.Namespace, Execution: execution(which.WorkflowID, which.RunID), Identity: c.options.Identity,
		Activity:      &workflowservice.UnpauseActivityRequest_Id{Id: which.ActivityID},
		ResetAttempts: o.ResetAttempts, ResetHeartbeat: o.ResetHeartbeats, Jitter: durationpb.New(o.Jitter),
	}
	if which.ActivityID == "" {
		request.Activity = &workflowservice.UnpauseActivityRequest_Type{Type: which.Type}
	}
	return c.caller.API(ctx, "UnpauseActivity", request, &workflowservice.UnpauseActivityResponse{})
}

// ResetActivityOptions say how activities begin again.
type ResetActivityOptions struct {
	// ResetHeartbeats forgets the details of heartbeats, KeepPaused leaves paused ones so, and RestoreOptions gives them the options
	// again that the workflow gave them.
	ResetHeartbeats, KeepPaused, RestoreOptions bool
	// Jitter spreads their beginnings over so long; 0: at once.
	Jitter time.Duration
}

// ResetActivities has activities begin again with their first attempt. While an attempt runs it is told with its next heartbeat, may end, and
// counts as the first. The error is serviceerror.NotFound when there is no such activity or workflow.
func (c *Client) ResetActivities(ctx context.Context, which Activities, o ResetActivityOptions) error {
	request := &workflowservice.ResetActivityRequest{
		Namespace: c.options.Namespace, Execution: execution(which.WorkflowID, which.RunID), Identity: c.options.Identity,
		Activity:       &workflowservice.ResetActivityRequest_Id{Id: which.ActivityID},
		ResetHeartbeat: o.ResetHeartbeats, KeepPaused: o.KeepPaused, RestoreOriginalOptions: o.RestoreOptions, Jitter: durationpb.New(o.Jitter),
	}
	if which.ActivityID == "" {
		request.Activity = &workflowservice.ResetActivityRequest_Type{Type: which.Type}
	}
	return c.caller.API(ctx, "ResetActivity", request, &workflowservice.ResetActivityResponse{})
}

// ActivityOptionsUpdate are other options of activities. What is zero stays. Time-outs hold at once, a task queue and a retry
// policy from the next attempt on.
type ActivityOptionsUpdate struct {
	TaskQueue                                                                             string
	ScheduleToCloseTimeout, ScheduleToStartTimeout, StartToCloseTimeout, HeartbeatTimeout time.Duration
	// RetryPolicy has what changes of the policy: intervals, coefficient, attempts.
	RetryPolicy *workflow.RetryPolicy
	// Restore gives the options again that the workflow gave, and stands alone.
	Restore bool
}

// UpdateActivityOptions gives activities other options. The error is serviceerror.InvalidArgument when nothing is to change or an option is
// not possible, and serviceerror.NotFound when there is no such activity or workflow.
func (c *Client) UpdateActivityOptions(ctx context.Context, which Activities, o ActivityOptionsUpdate) error {
	request := &workflowservice.UpdateActivityOptionsRequest{
		Namespace: c.options.Namespace, Execution: execution(which.WorkflowID, which.RunID), Identity: c.options.Identity,
		Activity: &workflowservice.UpdateActivityOptionsRequest_Id{Id: which.ActivityID}, RestoreOriginal: o.Restore,
	}
	if which.ActivityID == "" {
		request.Activity = &workflowservice.UpdateActivityOptionsRequest_Type{Type: which.Type}
	}
	request.ActivityOptions, request.UpdateMask = o.changes()
	return c.caller.API(ctx, "UpdateActivityOptions", request, &workflowservice.UpdateActivityOptionsResponse{})
}

// changes are the options that are set, and which these are; nil: none is.
func (o ActivityOptionsUpdate) changes() (*activitypb.ActivityOptions, *fieldmaskpb.FieldMask) {
	options, mask := &activitypb.ActivityOptions{RetryPolicy: &commonpb.RetryPolicy{}}, &fieldmaskpb.FieldMask{}
	if o.TaskQueue != "" {
		options.TaskQueue = &taskqueuepb.TaskQueue{Name: o.TaskQueue}
		mask.Paths = append(mask.Paths, "task_queue.name")
	}
	duration := func(to **durationpb.Duration, path string, d time.Duration) {
		if d != 0 {
			*to = durationpb.New(d)
			mask.Paths = append(mask.Paths, path)
		}
	}
	duration(&options.ScheduleToCloseTimeout, "schedule_to_close_timeout", o.ScheduleToCloseTimeout)
	duration(&options.ScheduleToStartTimeout, "schedule_to_start_timeout", o.ScheduleToStartTimeout)
	duration(&options.StartToCloseTimeout, "start_to_close_timeout", o.StartToCloseTimeout)
	duration(&options.HeartbeatTimeout, "heartbeat_timeout", o.HeartbeatTimeout)
	if p := o.RetryPolicy; p != nil {
		duration(&options.RetryPolicy.InitialInterval, "retry_policy.initial_interval", p.InitialInterval)
		duration(&options.RetryPolicy.MaximumInterval, "retry_policy.maximum_interval", p.MaximumInterval)
		if options.RetryPolicy.BackoffCoefficient = p.BackoffCoefficient; p.BackoffCoefficient != 0 {
			mask.Paths = append(mask.Paths, "retry_policy.backoff_coefficient")
		}
		if options.RetryPolicy.MaximumAttempts = p.MaximumAttempts; p.MaximumAttempts != 0 {
			mask.Paths = append(mask.Paths, "retry_policy.maximum_attempts")
		}
	}
	if len(mask.Paths) == 0 {
		return nil, nil
	}
	return options, mask
}
