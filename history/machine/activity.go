package machine

import (
	"fmt"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

func (c *commandCheck) scheduleActivity(a *commandpb.ScheduleActivityTaskCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES
	if fault := activityFault(a); fault != "" {
		return badCommand(cause, "%s", fault)
	}
	if c.activityPending(a.ActivityId) {
		return badCommand(enumspb.WORKFLOW_TASK_FAILED_CAUSE_SCHEDULE_ACTIVITY_DUPLICATE_ID, "activity %q is already scheduled", a.ActivityId)
	}
	if problem := checkRetryPolicy(a.RetryPolicy); problem != "" {
		return badCommand(cause, "Invalid ActivityRetryPolicy for SecheduleActivityCommand: %s ActivityId=%s", problem, a.ActivityId)
	}
	if err := api.CheckPriority(a.Priority); err != nil {
		return badCommand(cause, "invalid priorities: %v", err)
	}
	if c.activities == nil {
		c.activities, c.scheduled = map[string]bool{}, map[int64]*commandpb.ScheduleActivityTaskCommandAttributes{}
	}
	c.activities[a.ActivityId], c.scheduled[c.next] = true, a
	return nil
}

// activityFault is what is wrong with an activity's attributes by themselves, in Temporal's words; "" for nothing.
func activityFault(a *commandpb.ScheduleActivityTaskCommandAttributes) string {
	switch {
	case a == nil:
		return "ScheduleActivityTaskCommandAttributes is not set on command."
	case a.ActivityId == "":
		return "ActivityId is not set on ScheduleActivityTaskCommand."
	case a.ActivityType.GetName() == "":
		return fmt.Sprintf("ActivityType is not set on ScheduleActivityTaskCommand. ActivityId=%s", a.ActivityId)
	case tooLong(a.ActivityId), tooLong(a.ActivityType.GetName()), tooLong(a.TaskQueue.GetName()):
		return "ActivityId, ActivityType or TaskQueue on ScheduleActivityTaskCommand exceeds length limit."
	case anyNegative(a.ScheduleToCloseTimeout, a.ScheduleToStartTimeout, a.StartToCloseTimeout, a.HeartbeatTimeout):
		return fmt.Sprintf("A valid timeout may not be negative on ScheduleActivityTaskCommand. ActivityId=%s", a.ActivityId)
	case a.ScheduleToCloseTimeout.AsDuration() == 0 && a.StartToCloseTimeout.AsDuration() == 0:
		return fmt.Sprintf("A valid StartToClose or ScheduleToCloseTimeout is not set on ScheduleActivityTaskCommand. ActivityId=%s ActivityType=%s", a.ActivityId, a.ActivityType.GetName())
	}
	return ""
}

func anyNegative(durations ...*durationpb.Duration) bool {
	for _, d := range durations {
		if d.GetSeconds() < 0 || d.GetNanos() < 0 {
			return true
		}
	}
	return false
}

func (c *commandCheck) activityPending(id string) bool {
	if pending, known := c.activities[id]; known {
		return pending
	}
	_, pending := c.run.activityIDs[id]
	return pending
}

// scheduleActivity returns the activity's task when the completing worker asked to
// run it itself.
func (t *transaction) scheduleActivity(command *commandpb.Command, completedID int64, identity string) *workflowservice.PollActivityTaskQueueResponse {
	a := command.GetScheduleActivityTaskCommandAttributes()
	timeouts := capActivityTimeouts(a, t.run.start.GetWorkflowRunTimeout().AsDuration())
	queue := &taskqueuepb.TaskQueue{Name: a.TaskQueue.GetName(), Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
	if queue.Name == "" {
		queue.Name = t.run.start.GetTaskQueue().GetName()
	}
	id := t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
			ActivityId: a.ActivityId, ActivityType: a.ActivityType, TaskQueue: queue, Header: a.Header, Input: a.Input,
			ScheduleToCloseTimeout: durationpb.New(timeouts.scheduleToClose), ScheduleToStartTimeout: durationpb.New(timeouts.scheduleToStart),
			StartToCloseTimeout: durationpb.New(timeouts.startToClose), HeartbeatTimeout: durationpb.New(timeouts.heartbeat),
			WorkflowTaskCompletedEventId: completedID, RetryPolicy: fillRetryPolicy(a.RetryPolicy),
			UseWorkflowBuildId: a.UseWorkflowBuildId, Priority: a.Priority,
		}},
	})
	if !t.run.runsEagerly(a) {
		return nil
	}
	return t.startActivity(t.run.activities[id], t.run.taskToken(completedID), identity)
}

// runsEagerly tells whether the worker that schedules an activity starts it, too.
func (r *Run) runsEagerly(a *commandpb.ScheduleActivityTaskCommandAttributes) bool {
	queue := a.TaskQueue.GetName()
	return a.RequestEagerExecution && r.pause == nil && (queue == "" || queue == r.start.GetTaskQueue().GetName())
}

// taskToken is a request id for a start that nobody asked for by one.
func (r *Run) taskToken(completedID int64) string { return fmt.Sprintf("eager-%d", completedID) }

type activityTimeouts struct {
	scheduleToClose, scheduleToStart, startToClose, heartbeat time.Duration
}

// capActivityTimeouts derives the time-outs that are not set and cuts those that
// exceed what contains them, as Temporal does. 0 stands for none.
func capActivityTimeouts(a *commandpb.ScheduleActivityTaskCommandAttributes, run time.Duration) activityTimeouts {
	t := activityTimeouts{
		capped(a.ScheduleToCloseTimeout).AsDuration(), capped(a.ScheduleToStartTimeout).AsDuration(),
		capped(a.StartToCloseTimeout).AsDuration(), capped(a.HeartbeatTimeout).AsDuration(),
	}
	if t.scheduleToClose > 0 {
		t.scheduleToStart = orAtMost(t.scheduleToStart, t.scheduleToClose)
		t.startToClose = orAtMost(t.startToClose, t.scheduleToClose)
	} else {
		t.scheduleToClose = run
		if t.scheduleToStart == 0 {
			t.scheduleToStart = run
		}
	}
	if run > 0 {
		t.scheduleToClose = min(t.scheduleToClose, run)
		t.scheduleToStart = min(t.scheduleToStart, run)
		t.startToClose = min(t.startToClose, run)
		t.heartbeat = min(t.heartbeat, run)
	}
	t.heartbeat = min(t.heartbeat, t.startToClose)
	return t
}

// orAtMost is the limit where d is not set, else d cut to the limit.
func orAtMost(d, limit time.Duration) time.Duration {
	if d == 0 {
		return limit
	}
	return min(d, limit)
}

func (r *Run) applyActivityEvent(event *historypb.HistoryEvent, now int64) error {
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_ActivityTaskScheduledEventAttributes:
		return r.applyActivityScheduled(event.EventId, a.ActivityTaskScheduledEventAttributes, now)
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		r.removeActivity(a.ActivityTaskCompletedEventAttributes.ScheduledEventId)
	case *historypb.HistoryEvent_ActivityTaskFailedEventAttributes:
		r.removeActivity(a.ActivityTaskFailedEventAttributes.ScheduledEventId)
	case *historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes:
		r.removeActivity(a.ActivityTaskTimedOutEventAttributes.ScheduledEventId)
	case *historypb.HistoryEvent_ActivityTaskCanceledEventAttributes:
		r.removeActivity(a.ActivityTaskCanceledEventAttributes.ScheduledEventId)
	case *historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes:
		return r.applyActivityCancelRequested(event.EventId, a.ActivityTaskCancelRequestedEventAttributes)
	}
	return nil
}

func (r *Run) applyActivityScheduled(id int64, a *historypb.ActivityTaskScheduledEventAttributes, now int64) error {
	if r.activities == nil {
		r.activities, r.activityIDs = map[int64]*activity{}, map[string]int64{}
	}
	r.activities[id] = &activity{
		Activity: &recordpb.Activity{
			ScheduledEventId: id, ActivityId: a.ActivityId, Attempt: 1, ScheduledTime: now, DueTime: now, Held: r.pause != nil,
		},
		scheduled: a, original: a,
	}
	r.activityIDs[a.ActivityId] = id
	if r.pause == nil {
		r.activities[id].Queued = queued(nil, now)
		r.owed = append(r.owed, r.activityTask(r.activities[id]))
	}
	return nil
}

func (r *Run) removeActivity(id int64) {
	if a := r.activities[id]; a != nil {
		r.setActivityPause(a, nil)
		delete(r.activities, id)
		if r.activityIDs[a.ActivityId] == id {
			delete(r.activityIDs, a.ActivityId)
		}
	}
}

func (r *Run) pending(id int64) (*activity, error) {
	a := r.activities[id]
	if a == nil {
		return nil, fmt.Errorf("activity %d is not pending", id)
	}
	return a, nil
}

// startActivityTask makes the attempt the caller's: that is recorded, so that an
// attempt starts at most once.
func (t *transaction) startActivityTask(q *workerpb.StartTaskRequest) (*workflowservice.PollActivityTaskQueueResponse, error) {
	const doing = "starting an activity task"
	r := t.run
	if r == nil || !r.Open() || r.runID != q.Task.GetRunId() {
		return nil, stale(doing)
	}
	a := r.activities[q.Task.ScheduledEventId]
	if a == nil || a.numbered() != q.Task.Attempt || a.Stamp != q.Task.Stamp {
		return nil, stale(doing)
	}
	if a.StartedTime != 0 {
		if a.RequestId == q.RequestId && q.RequestId != "" {
			return t.activityContent(a), nil
		}
		return nil, stale(doing)
	}
	if !a.startable() || a.Queued == nil && a.DueTime > t.now {
		return nil, stale(doing)
	}
	return t.startActivity(a, q.RequestId, q.Identity), nil
}

func (t *transaction) startActivity(a *activity, requestID, identity string) *workflowservice.PollActivityTaskQueueResponse {
	t.change(&recordpb.Change{Change: &recordpb.Change_ActivityStarted{ActivityStarted: &recordpb.ActivityStarted{
		ScheduledEventId: a.ScheduledEventId, Attempt: a.Attempt, Time: t.now, RequestId: requestID, Identity: identity,
	}}})
	return t.activityContent(a)
}

func (r *Run) applyActivityStarted(c *recordpb.ActivityStarted) error {
	a, err := r.pending(c.ScheduledEventId)
	if err != nil {
		return err
	}
	a.StartedTime, a.RequestId, a.Identity = c.Time, c.RequestId, c.Identity
	return nil
}

func (t *transaction) activityContent(a *activity) *workflowservice.PollActivityTaskQueueResponse {
	r := t.run
	content := &workflowservice.PollActivityTaskQueueResponse{
		TaskToken: t.token(&workerpb.TaskToken{
			Task: t.stamp(r.activityTask(a)), RequestId: a.RequestId, StartedTime: a.StartedTime, Identity: a.Identity,
		}),
		WorkflowNamespace: t.in.Namespace, WorkflowType: r.start.GetWorkflowType(), WorkflowExecution: r.execution(),
		ActivityType: a.scheduled.ActivityType, ActivityId: a.ActivityId, Header: a.scheduled.Header, Input: a.scheduled.Input,
		HeartbeatDetails: a.HeartbeatDetails, ScheduledTime: timestamp(a.ScheduledTime),
		CurrentAttemptScheduledTime: timestamp(a.DueTime), StartedTime: timestamp(a.StartedTime), Attempt: a.Attempt,
		ScheduleToCloseTimeout: a.scheduled.ScheduleToCloseTimeout, StartToCloseTimeout: a.scheduled.StartToCloseTimeout,
		HeartbeatTimeout: a.scheduled.HeartbeatTimeout, RetryPolicy: a.scheduled.RetryPolicy, Priority: mergedPriority(r.priority, a.scheduled.Priority),
	}
	// The details are a help; the attempt has to reach its worker.
	if t.in.MaxReply > 0 && proto.Size(content) > t.in.MaxReply {
		content.HeartbeatDetails = nil
	}
	return content
}
