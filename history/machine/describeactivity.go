package machine

import (
	"cmp"
	"slices"
	"time"

	activitypb "go.temporal.io/api/activity/v1"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

func (r *Run) pendingActivities(now int64) []*workflowpb.PendingActivityInfo {
	pending := make([]*activity, 0, len(r.activities))
	for _, a := range r.activities {
		pending = append(pending, a)
	}
	slices.SortFunc(pending, func(a, b *activity) int { return cmp.Compare(a.ScheduledEventId, b.ScheduledEventId) })
	infos := make([]*workflowpb.PendingActivityInfo, len(pending))
	for i, a := range pending {
		infos[i] = a.info(now)
	}
	return infos
}

func (a *activity) info(now int64) *workflowpb.PendingActivityInfo {
	info := &workflowpb.PendingActivityInfo{
		ActivityId: a.ActivityId, ActivityType: a.scheduled.ActivityType, State: a.state(), HeartbeatDetails: a.HeartbeatDetails,
		LastHeartbeatTime: optionalTime(a.HeartbeatTime), LastStartedTime: optionalTime(a.StartedTime), Attempt: a.Attempt,
		MaximumAttempts: a.scheduled.RetryPolicy.GetMaximumAttempts(), ScheduledTime: timestamp(a.DueTime),
		LastFailure: a.LastFailure, LastWorkerIdentity: cmp.Or(a.Identity, a.LastIdentity), Priority: a.scheduled.Priority,
		LastAttemptCompleteTime: optionalTime(a.LastAttemptCompleteTime), ActivityOptions: a.options(),
	}
	if limit := a.scheduled.ScheduleToCloseTimeout.AsDuration(); limit > 0 {
		info.ExpirationTime = timestamp(a.ScheduledTime + int64(limit))
	}
	a.describePause(info)
	if a.startable() && a.DueTime > now { // it waits for its next attempt
		info.NextAttemptScheduleTime = timestamp(a.DueTime)
		if a.LastAttemptCompleteTime > 0 {
			info.CurrentRetryInterval = durationpb.New(time.Duration(a.DueTime - a.LastAttemptCompleteTime))
		}
	}
	return info
}

func (a *activity) describePause(info *workflowpb.PendingActivityInfo) {
	if a.Pause == nil {
		return
	}
	info.Paused = true
	info.PauseInfo = &workflowpb.PendingActivityInfo_PauseInfo{
		PauseTime: timestamp(a.Pause.Time),
		PausedBy: &workflowpb.PendingActivityInfo_PauseInfo_Manual_{
			Manual: &workflowpb.PendingActivityInfo_PauseInfo_Manual{Identity: a.Pause.Identity, Reason: a.Pause.Reason},
		},
	}
}

func (a *activity) state() enumspb.PendingActivityState {
	switch {
	case a.CancelRequested:
		return enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
	case a.Pause != nil && a.StartedTime != 0:
		return enumspb.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED
	case a.Pause != nil:
		return enumspb.PENDING_ACTIVITY_STATE_PAUSED
	case a.StartedTime != 0:
		return enumspb.PENDING_ACTIVITY_STATE_STARTED
	}
	return enumspb.PENDING_ACTIVITY_STATE_SCHEDULED
}

func (a *activity) options() *activitypb.ActivityOptions {
	s := a.scheduled
	queue := s.GetTaskQueue().GetName()
	return &activitypb.ActivityOptions{
		TaskQueue:              &taskqueuepb.TaskQueue{Name: queue, NormalName: queue},
		ScheduleToCloseTimeout: s.ScheduleToCloseTimeout, ScheduleToStartTimeout: s.ScheduleToStartTimeout,
		StartToCloseTimeout: s.StartToCloseTimeout, HeartbeatTimeout: s.HeartbeatTimeout,
		RetryPolicy: s.RetryPolicy, Priority: s.Priority,
	}
}
