package attempt

import (
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Info says which attempt at which activity this is: activity.Info, which says what its fields are.
type Info struct {
	Namespace, WorkflowID, RunID, WorkflowType  string
	ActivityID, ActivityType, TaskQueue         string
	Attempt                                     int32
	ScheduledTime                               time.Time
	CurrentAttemptScheduledTime                 time.Time
	StartedTime                                 time.Time
	Deadline                                    time.Time
	ScheduleToCloseTimeout, StartToCloseTimeout time.Duration
	HeartbeatTimeout                            time.Duration
	TaskToken                                   []byte
	IsLocalActivity                             bool
}

// InfoOf tells the names and times of a task of a namespace and queue. The deadline is counted from when the
// task was received, so that clocks that differ do no harm.
func InfoOf(task *workflowservice.PollActivityTaskQueueResponse, namespace, queue string, received time.Time) Info {
	info := Info{
		Namespace:                   namespace,
		WorkflowID:                  task.GetWorkflowExecution().GetWorkflowId(),
		RunID:                       task.GetWorkflowExecution().GetRunId(),
		WorkflowType:                task.GetWorkflowType().GetName(),
		ActivityID:                  task.GetActivityId(),
		ActivityType:                task.GetActivityType().GetName(),
		TaskQueue:                   queue,
		Attempt:                     task.GetAttempt(),
		ScheduledTime:               orZero(task.GetScheduledTime()),
		CurrentAttemptScheduledTime: orZero(task.GetCurrentAttemptScheduledTime()),
		StartedTime:                 orZero(task.GetStartedTime()),
		ScheduleToCloseTimeout:      task.GetScheduleToCloseTimeout().AsDuration(),
		StartToCloseTimeout:         task.GetStartToCloseTimeout().AsDuration(),
		HeartbeatTimeout:            task.GetHeartbeatTimeout().AsDuration(),
		TaskToken:                   task.GetTaskToken(),
	}
	if once := info.StartToCloseTimeout; once > 0 {
		info.Deadline = received.Add(once)
	}
	if total := info.ScheduleToCloseTimeout; total > 0 {
		left := max(total-info.StartedTime.Sub(info.ScheduledTime), 0)
		if end := received.Add(left); info.Deadline.IsZero() || end.Before(info.Deadline) {
			info.Deadline = end
		}
	}
	return info
}

// orZero is a time that may be missing, as the zero time.
func orZero(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
