package machine

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Describe is what is known of the run at a time, without its history.
func (r *Run) Describe(now time.Time) *workflowservice.DescribeWorkflowExecutionResponse {
	s := r.start
	return &workflowservice.DescribeWorkflowExecutionResponse{
		ExecutionConfig: &workflowpb.WorkflowExecutionConfig{
			TaskQueue: s.GetTaskQueue(), WorkflowExecutionTimeout: s.GetWorkflowExecutionTimeout(),
			WorkflowRunTimeout: s.GetWorkflowRunTimeout(), DefaultWorkflowTaskTimeout: s.GetWorkflowTaskTimeout(),
			UserMetadata: r.startMetadata,
		},
		WorkflowExecutionInfo: r.info(),
		PendingActivities:     r.pendingActivities(now.UnixNano()),
		PendingChildren:       r.pendingChildren(),
		PendingWorkflowTask:   r.pendingWorkflowTask(),
		WorkflowExtendedInfo: &workflowpb.WorkflowExecutionExtendedInfo{
			ExecutionExpirationTime: s.GetWorkflowExecutionExpirationTime(), RunExpirationTime: optionalTime(r.runExpires()),
			CancelRequested: r.cancelRequested, OriginalStartTime: timestamp(r.startTime),
			RequestIdInfos: r.requestInfos(), PauseInfo: r.describePause(),
		},
	}
}

func (r *Run) info() *workflowpb.WorkflowExecutionInfo {
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: r.execution(), Type: r.start.GetWorkflowType(), StartTime: timestamp(r.beganAt()), Status: r.status,
		HistoryLength: r.lastEvent, ExecutionTime: timestamp(r.executionTime()), Memo: orEmptyMemo(r.memo),
		SearchAttributes: orEmptyAttributes(r.withPauseInfo(r.withBuilds(r.searchAttributes))), TaskQueue: r.start.GetTaskQueue().GetName(),
		StateTransitionCount: r.transitions, HistorySizeBytes: r.size, FirstRunId: r.start.GetFirstExecutionRunId(),
		ParentExecution: r.start.GetParentWorkflowExecution(), RootExecution: r.root(), Priority: r.priority,
		AutoResetPoints: r.resetPoints,
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

func orEmptyAttributes(attributes *commonpb.SearchAttributes) *commonpb.SearchAttributes {
	if attributes == nil {
		return &commonpb.SearchAttributes{}
	}
	return attributes
}

// requestInfos tell which events the requests have made that began the run, or were attached to it.
func (r *Run) requestInfos() map[string]*workflowpb.RequestIdInfo {
	infos := map[string]*workflowpb.RequestIdInfo{}
	for _, request := range r.attached {
		infos[request.RequestId] = &workflowpb.RequestIdInfo{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED, EventId: request.EventId, Buffered: request.EventId == 0,
		}
	}
	if r.createdBy != "" {
		infos[r.createdBy] = &workflowpb.RequestIdInfo{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, EventId: 1}
	}
	return infos
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
