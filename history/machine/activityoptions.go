package machine

import (
	activitypb "go.temporal.io/api/activity/v1"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/recordpb"
)

// updateActivityOptions gives activities other options from the next attempt on; time-outs that an attempt runs
// against hold at once. The reply has those of the last.
func (t *transaction) updateActivityOptions(q *workflowservice.UpdateActivityOptionsRequest) (*workflowservice.UpdateActivityOptionsResponse, error) {
	chosen, err := t.choose(q.Execution, activityChoice{q.GetId(), q.GetType(), q.GetMatchAll()})
	if err != nil {
		return nil, err
	}
	options := make([]*activitypb.ActivityOptions, len(chosen)) // nil: the original ones
	if !q.RestoreOriginal {
		for i, a := range chosen {
			if options[i], err = t.mergedOptions(a, q); err != nil {
				return nil, err
			}
		}
	}
	for i, a := range chosen {
		t.change(&recordpb.Change{Change: &recordpb.Change_ActivityOptionsSet{ActivityOptionsSet: &recordpb.ActivityOptionsSet{
			ScheduledEventId: a.ScheduledEventId, Options: options[i], DueTime: a.dueUnder(options[i]),
		}}})
	}
	return &workflowservice.UpdateActivityOptionsResponse{ActivityOptions: chosen[len(chosen)-1].options()}, nil
}

// mergedOptions are the activity's with those of the request that its mask names.
func (t *transaction) mergedOptions(a *activity, q *workflowservice.UpdateActivityOptionsRequest) (*activitypb.ActivityOptions, error) {
	o := proto.CloneOf(a.options())
	for _, path := range q.GetUpdateMask().GetPaths() {
		mergeOption(o, q.ActivityOptions, path)
	}
	o.RetryPolicy = fillRetryPolicy(o.RetryPolicy)
	o.RetryPolicy.NonRetryableErrorTypes = a.scheduled.RetryPolicy.GetNonRetryableErrorTypes()
	if problem := checkRetryPolicy(o.RetryPolicy); problem != "" {
		return nil, serviceerror.NewInvalidArgument(problem)
	}
	if o.TaskQueue.GetName() == "" {
		o.TaskQueue = &taskqueuepb.TaskQueue{Name: t.run.Queue()}
	}
	attributes := &commandpb.ScheduleActivityTaskCommandAttributes{
		ActivityId: a.ActivityId, ActivityType: a.scheduled.ActivityType, TaskQueue: o.TaskQueue,
		ScheduleToCloseTimeout: o.ScheduleToCloseTimeout, ScheduleToStartTimeout: o.ScheduleToStartTimeout,
		StartToCloseTimeout: o.StartToCloseTimeout, HeartbeatTimeout: o.HeartbeatTimeout,
	}
	if fault := activityFault(attributes); fault != "" {
		return nil, serviceerror.NewInvalidArgument(fault)
	}
	timeouts := capActivityTimeouts(attributes, 0)
	o.ScheduleToCloseTimeout, o.ScheduleToStartTimeout = durationpb.New(timeouts.scheduleToClose), durationpb.New(timeouts.scheduleToStart)
	o.StartToCloseTimeout, o.HeartbeatTimeout = durationpb.New(timeouts.startToClose), durationpb.New(timeouts.heartbeat)
	return o, nil
}

// mergeOption takes one option over. Paths that are none were refused at the gateway.
func mergeOption(into, from *activitypb.ActivityOptions, path string) {
	switch path {
	case "task_queue", "task_queue.name":
		into.TaskQueue = &taskqueuepb.TaskQueue{Name: from.GetTaskQueue().GetName()}
	case "schedule_to_close_timeout":
		into.ScheduleToCloseTimeout = from.GetScheduleToCloseTimeout()
	case "schedule_to_start_timeout":
		into.ScheduleToStartTimeout = from.GetScheduleToStartTimeout()
	case "start_to_close_timeout":
		into.StartToCloseTimeout = from.GetStartToCloseTimeout()
	case "heartbeat_timeout":
		into.HeartbeatTimeout = from.GetHeartbeatTimeout()
	case "retry_policy":
		into.RetryPolicy = proto.CloneOf(from.GetRetryPolicy())
	case "priority":
		into.Priority = proto.CloneOf(from.GetPriority())
	default:
		into.RetryPolicy = retryPolicyWith(into.RetryPolicy, from.GetRetryPolicy(), path)
		into.Priority = priorityWith(into.Priority, from.GetPriority(), path)
	}
}

// retryPolicyWith is the policy with the field of the path, if that is one of its own.
func retryPolicyWith(policy, from *commonpb.RetryPolicy, path string) *commonpb.RetryPolicy {
	if policy == nil {
		policy = &commonpb.RetryPolicy{}
	}
	switch path {
	case "retry_policy.initial_interval":
		policy.InitialInterval = from.GetInitialInterval()
	case "retry_policy.backoff_coefficient":
		policy.BackoffCoefficient = from.GetBackoffCoefficient()
	case "retry_policy.maximum_interval":
		policy.MaximumInterval = from.GetMaximumInterval()
	case "retry_policy.maximum_attempts":
		policy.MaximumAttempts = from.GetMaximumAttempts()
	}
	return policy
}

// priorityWith is retryPolicyWith for a priority, which stays absent unless it gets a field.
func priorityWith(priority, from *commonpb.Priority, path string) *commonpb.Priority {
	merged := proto.CloneOf(priority)
	if merged == nil {
		merged = &commonpb.Priority{}
	}
	switch path {
	case "priority.priority_key":
		merged.PriorityKey = from.GetPriorityKey()
	case "priority.fairness_key":
		merged.FairnessKey = from.GetFairnessKey()
	case "priority.fairness_weight":
		merged.FairnessWeight = from.GetFairnessWeight()
	default:
		return priority
	}
	return merged
}

// dueUnder is when the attempt to come is due with other options, nil for the original ones: the first when it was,
// another after the wait that the retry policy has now.
func (a *activity) dueUnder(o *activitypb.ActivityOptions) int64 {
	if a.Attempt == 1 || a.LastAttemptCompleteTime == 0 {
		return a.DueTime
	}
	policy := a.original.RetryPolicy
	if o != nil {
		policy = o.RetryPolicy
	}
	return a.LastAttemptCompleteTime + int64(backoff(policy, a.Attempt-1))
}

func (r *Run) applyActivityOptionsSet(c *recordpb.ActivityOptionsSet, now int64) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	a.setOptions(c.Options)
	if a.StartedTime == 0 {
		r.requeue(a, c.DueTime, now)
	}
	return nil
}

// setOptions replaces the options of the scheduled event; nil: they are those of the event. An attempt that
// runs stays of the queue that it came from.
func (a *activity) setOptions(o *activitypb.ActivityOptions) {
	queue := a.queue()
	a.Options, a.RunningQueue = o, ""
	a.scheduled = a.original
	if o != nil {
		a.scheduled = withOptions(a.original, o)
	}
	if a.StartedTime != 0 && queue != a.queue() {
		a.RunningQueue = queue
	}
}

// withOptions are the attributes of a scheduled event with other options.
func withOptions(s *historypb.ActivityTaskScheduledEventAttributes, o *activitypb.ActivityOptions) *historypb.ActivityTaskScheduledEventAttributes {
	return &historypb.ActivityTaskScheduledEventAttributes{
		ActivityId: s.ActivityId, ActivityType: s.ActivityType, Header: s.Header, Input: s.Input,
		WorkflowTaskCompletedEventId: s.WorkflowTaskCompletedEventId, UseWorkflowBuildId: s.UseWorkflowBuildId,
		TaskQueue: o.TaskQueue, ScheduleToCloseTimeout: o.ScheduleToCloseTimeout, ScheduleToStartTimeout: o.ScheduleToStartTimeout,
		StartToCloseTimeout: o.StartToCloseTimeout, HeartbeatTimeout: o.HeartbeatTimeout, RetryPolicy: o.RetryPolicy, Priority: o.Priority,
	}
}
