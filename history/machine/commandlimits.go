package machine

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// withinLimits looks at a command that is otherwise good. One that brings too much ends the run, as with Temporal: the
// workflow would bring it again and again. One too many of a kind fails the task, until others of it have ended.
func (c *commandCheck) withinLimits(command *commandpb.Command) *commandProblem {
	for _, p := range c.parcels(command) {
		if problem := c.bounded(p); problem != nil {
			return problem
		}
	}
	l, pending := c.limits, &c.pending
	switch command.CommandType {
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		return onePending(&pending.activities, l.PendingActivities, "pending activities", enumspb.WORKFLOW_TASK_FAILED_CAUSE_PENDING_ACTIVITIES_LIMIT_EXCEEDED)
	case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
		return onePending(&pending.children, l.PendingChildren, "pending child workflow executions", enumspb.WORKFLOW_TASK_FAILED_CAUSE_PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED)
	case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
		return onePending(&pending.signals, l.PendingSignals, "pending signals to external workflows", enumspb.WORKFLOW_TASK_FAILED_CAUSE_PENDING_SIGNALS_LIMIT_EXCEEDED)
	case enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
		return onePending(&pending.cancels, l.PendingCancels, "pending requests to cancel external workflows", enumspb.WORKFLOW_TASK_FAILED_CAUSE_PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED)
	}
	return nil
}

// pendingCounts are how many of what a run has asked for have no end yet.
type pendingCounts struct{ activities, children, signals, cancels int }

func (r *Run) pendingCounts() pendingCounts {
	n := pendingCounts{activities: len(r.activities), children: len(r.children)}
	for _, event := range r.externals {
		if event.EventType == enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED {
			n.signals++
		} else {
			n.cancels++
		}
	}
	return n
}

// parcel is what a command brings that is bounded, in bytes, and what Temporal says where it is too much.
type parcel struct {
	size    int
	limit   api.SizeLimit
	cause   enumspb.WorkflowTaskFailedCause
	message string
}

func (c *commandCheck) parcels(command *commandpb.Command) []parcel {
	blob, memo := c.limits.BlobSize, c.limits.MemoSize
	switch command.CommandType {
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		return []parcel{{proto.Size(command.GetScheduleActivityTaskCommandAttributes().GetInput()), blob,
			enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES, "ScheduleActivityTaskCommandAttributes.Input exceeds size limit."}}
	case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
		const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_START_CHILD_EXECUTION_ATTRIBUTES
		a := command.GetStartChildWorkflowExecutionCommandAttributes()
		return []parcel{
			{proto.Size(a.Input), blob, cause, "StartChildWorkflowExecutionCommandAttributes. Input exceeds size limit."},
			{proto.Size(a.Memo), memo, cause, "StartChildWorkflowExecutionCommandAttributes.Memo exceeds size limit."},
		}
	case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
		return []parcel{{proto.Size(command.GetSignalExternalWorkflowExecutionCommandAttributes().GetInput()), blob,
			enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES, "SignalExternalWorkflowExecutionCommandAttributes.Input exceeds size limit."}}
	case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION: // the cause is Temporal's, and that of another command
		return []parcel{{proto.Size(command.GetCompleteWorkflowExecutionCommandAttributes().GetResult()), blob,
			enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES, "CompleteWorkflowExecutionCommandAttributes.Result exceeds size limit."}}
	case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
		return []parcel{{proto.Size(command.GetFailWorkflowExecutionCommandAttributes().GetFailure()), blob,
			enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES, "FailWorkflowExecutionCommandAttributes.Failure exceeds size limit."}}
	case enumspb.COMMAND_TYPE_RECORD_MARKER:
		return []parcel{{payloadsMapSize(command.GetRecordMarkerCommandAttributes().GetDetails()), blob,
			enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_RECORD_MARKER_ATTRIBUTES, "RecordMarkerCommandAttributes.Details exceeds size limit."}}
	case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
		const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_CONTINUE_AS_NEW_ATTRIBUTES
		a := command.GetContinueAsNewWorkflowExecutionCommandAttributes()
		return []parcel{
			{proto.Size(a.Input), blob, cause, "ContinueAsNewWorkflowExecutionCommandAttributes. Input exceeds size limit."},
			{proto.Size(a.Memo), memo, cause, "ContinueAsNewWorkflowExecutionCommandAttributes. Memo exceeds size limit."},
		}
	case enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return []parcel{{payloadMapSize(command.GetUpsertWorkflowSearchAttributesCommandAttributes().GetSearchAttributes().GetIndexedFields()), blob,
			enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES, "UpsertWorkflowSearchAttributesCommandAttributes exceeds size limit."}}
	case enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
		const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES
		return []parcel{
			{payloadMapSize(command.GetModifyWorkflowPropertiesCommandAttributes().GetUpsertedMemo().GetFields()), blob, cause, "ModifyWorkflowPropertiesCommandAttributes exceeds size limit."},
			{proto.Size(c.memo), memo, cause, "ModifyWorkflowPropertiesCommandAttributes. Memo exceeds size limit."},
		}
	}
	return nil
}

func (c *commandCheck) bounded(p parcel) *commandProblem {
	size := int64(p.size)
	if size > p.limit.Warn {
		c.warn(Warning{"the size of what a command brings exceeds its warning limit", size, p.limit.Warn})
	}
	if size <= p.limit.Error {
		return nil
	}
	problem := badCommand(p.cause, "%s", p.message)
	problem.terminates = true
	return problem
}

// onePending counts one more of what is pending, unless there are as many as there may be.
func onePending(pending *int, limit int64, what string, cause enumspb.WorkflowTaskFailedCause) *commandProblem {
	if reached := api.LimitReached(what, int64(*pending), limit); reached != nil {
		return badCommand(cause, "%s", reached)
	}
	*pending++
	return nil
}

// payloadMapSize and payloadsMapSize count what Temporal counts.
func payloadMapSize(fields map[string]*commonpb.Payload) int {
	size := 0
	for name, payload := range fields {
		size += len(name) + len(payload.GetData())
	}
	return size
}

func payloadsMapSize(fields map[string]*commonpb.Payloads) int {
	size := 0
	for name, payloads := range fields {
		size += len(name) + proto.Size(payloads)
	}
	return size
}
