package machine

import (
	"cmp"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Describe is what is known of the run, without its history.
func (r *Run) Describe() *workflowservice.DescribeWorkflowExecutionResponse {
	s := r.start
	return &workflowservice.DescribeWorkflowExecutionResponse{
		ExecutionConfig: &workflowpb.WorkflowExecutionConfig{
			TaskQueue: s.GetTaskQueue(), WorkflowExecutionTimeout: s.GetWorkflowExecutionTimeout(),
			WorkflowRunTimeout: s.GetWorkflowRunTimeout(), DefaultWorkflowTaskTimeout: s.GetWorkflowTaskTimeout(),
		},
		WorkflowExecutionInfo: r.info(),
		PendingActivities:     r.pendingActivities(),
		PendingWorkflowTask:   r.pendingWorkflowTask(),
		WorkflowExtendedInfo: &workflowpb.WorkflowExecutionExtendedInfo{
			ExecutionExpirationTime: s.GetWorkflowExecutionExpirationTime(), RunExpirationTime: optionalTime(r.runExpires()),
			CancelRequested: r.cancelRequested, OriginalStartTime: timestamp(r.startTime),
		},
	}
}

func (r *Run) info() *workflowpb.WorkflowExecutionInfo {
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: r.execution(), Type: r.start.GetWorkflowType(), StartTime: timestamp(r.startTime), Status: r.status,
		HistoryLength: r.lastEvent, ExecutionTime: timestamp(r.executionTime()), Memo: orEmptyMemo(r.memo),
		SearchAttributes: r.searchAttributes, TaskQueue: r.start.GetTaskQueue().GetName(),
		StateTransitionCount: r.transitions, HistorySizeBytes: r.size, FirstRunId: r.start.GetFirstExecutionRunId(),
		RootExecution: r.execution(), Priority: r.start.GetPriority(),
	}
	if !r.Open() {
		info.CloseTime = timestamp(r.closeTime)
		info.ExecutionDuration = durationpb.New(max(time.Duration(r.closeTime-r.executionTime()), 0))
	}
	return info
}

func orEmptyMemo(memo *commonpb.Memo) *commonpb.Memo {
	if memo == nil {
		return &commonpb.Memo{}
	}
	return memo
}

func (r *Run) pendingActivities() []*workflowpb.PendingActivityInfo {
	pending := make([]*activity, 0, len(r.activities))
	for _, a := range r.activities {
		pending = append(pending, a)
	}
	slices.SortFunc(pending, func(a, b *activity) int { return cmp.Compare(a.ScheduledEventId, b.ScheduledEventId) })
	infos := make([]*workflowpb.PendingActivityInfo, len(pending))
	for i, a := range pending {
		infos[i] = a.info()
	}
	return infos
}

func (a *activity) info() *workflowpb.PendingActivityInfo {
	info := &workflowpb.PendingActivityInfo{
		ActivityId: a.ActivityId, ActivityType: a.scheduled.ActivityType, State: a.state(), HeartbeatDetails: a.HeartbeatDetails,
		LastHeartbeatTime: optionalTime(a.HeartbeatTime), LastStartedTime: optionalTime(a.StartedTime), Attempt: a.Attempt,
		MaximumAttempts: a.scheduled.RetryPolicy.GetMaximumAttempts(), ScheduledTime: timestamp(a.DueTime),
		LastFailure: a.LastFailure, LastWorkerIdentity: cmp.Or(a.Identity, a.LastIdentity), Priority: a.scheduled.Priority,
	}
	if limit := a.scheduled.ScheduleToCloseTimeout.AsDuration(); limit > 0 {
		info.ExpirationTime = timestamp(a.ScheduledTime + int64(limit))
	}
	if a.StartedTime == 0 && a.Attempt > 1 {
		info.NextAttemptScheduleTime = timestamp(a.DueTime)
	}
	return info
}

func (a *activity) state() enumspb.PendingActivityState {
	switch {
	case a.CancelRequested:
		return enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
	case a.StartedTime != 0:
		return enumspb.PENDING_ACTIVITY_STATE_STARTED
	}
	return enumspb.PENDING_ACTIVITY_STATE_SCHEDULED
}

func (r *Run) pendingWorkflowTask() *workflowpb.PendingWorkflowTaskInfo {
	if r.task == nil {
		return nil
	}
	info := &workflowpb.PendingWorkflowTaskInfo{
		State: enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED, ScheduledTime: timestamp(r.task.ScheduledTime),
		OriginalScheduledTime: timestamp(r.task.ScheduledTime), Attempt: r.task.Attempt,
	}
	if r.taskStarted != nil {
		info.State = enumspb.PENDING_WORKFLOW_TASK_STATE_STARTED
		info.StartedTime = timestamp(r.taskStarted.time)
	}
	return info
}

func optionalTime(nanos int64) *timestamppb.Timestamp {
	if nanos == 0 {
		return nil
	}
	return timestamp(nanos)
}
