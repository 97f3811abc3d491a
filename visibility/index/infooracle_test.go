package index

import (
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// infoOf is an execution as lists are to show it.
func infoOf(e *Execution) *workflowpb.WorkflowExecutionInfo {
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: e.WorkflowID, RunId: e.RunID}, Type: &commonpb.WorkflowType{Name: e.Type},
		StartTime: timestamppb.New(e.Start), ExecutionTime: timestamppb.New(e.Execution), Status: e.Status, TaskQueue: e.TaskQueue,
		HistoryLength: e.HistoryLength, HistorySizeBytes: e.HistorySize, StateTransitionCount: e.StateTransitions,
		RootExecution: &commonpb.WorkflowExecution{WorkflowId: e.RootWorkflowID, RunId: e.RootRunID}, FirstRunId: e.FirstRunID,
	}
	if !e.Close.IsZero() {
		info.CloseTime, info.ExecutionDuration = timestamppb.New(e.Close), durationpb.New(e.Close.Sub(e.Execution))
	}
	if e.ParentWorkflowID != "" {
		info.ParentExecution = &commonpb.WorkflowExecution{WorkflowId: e.ParentWorkflowID, RunId: e.ParentRunID}
	}
	if len(e.Memo.GetFields()) > 0 {
		info.Memo = e.Memo
	}
	if len(e.SearchAttributes) > 0 {
		info.SearchAttributes = &commonpb.SearchAttributes{IndexedFields: e.SearchAttributes}
	}
	return info
}
