package attempt

import (
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Info says which attempt at which activity this is. Times are the service's, but for the deadline; a
// zero time or duration is none.
type Info struct {
	Namespace    string
	WorkflowID   string
	RunID        string
	WorkflowType string
	// ActivityID is unique among the run's open activities.
	ActivityID   string
	ActivityType string
	TaskQueue    string
	// Attempt is counted from 1.
	Attempt int32
	// ScheduledTime is when the workflow scheduled the activity, CurrentAttemptScheduledTime when this
	// attempt was queued, StartedTime when it was started.
	ScheduledTime               time.Time
	CurrentAttemptScheduledTime time.Time
	StartedTime                 time.Time
	// Deadline is when this attempt times out by its start-to-close or schedule-to-close time-out, by
	// the worker's clock.
	Deadline time.Time
	// ScheduleToCloseTimeout limits all attempts together, StartToCloseTimeout this one,
	// HeartbeatTimeout the time from one heartbeat to the next.
	ScheduleToCloseTimeout time.Duration
	StartToCloseTimeout    time.Duration
	HeartbeatTimeout       time.Duration
	// TaskToken completes the activity from elsewhere, after it has returned activity.ErrResultPending.
	TaskToken []byte
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
	left := info.StartToCloseTimeout
	if total := info.ScheduleToCloseTimeout; total > 0 {
		total = max(total-info.StartedTime.Sub(info.ScheduledTime), 0)
		if left == 0 || total < left {
			left = total
		}
	}
	if left > 0 {
		info.Deadline = received.Add(left)
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
