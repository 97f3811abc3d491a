package machine

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// modifyProperties bounds the memo: the next run's first event has it whole, and has to reach a worker.
func (c *commandCheck) modifyProperties(a *commandpb.ModifyWorkflowPropertiesCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "ModifyWorkflowPropertiesCommandAttributes is not set on ModifyWorkflowPropertiesCommand.")
	case a.UpsertedMemo == nil:
		return badCommand(cause, "UpsertedMemo is not set on ModifyWorkflowPropertiesCommand.")
	case len(a.UpsertedMemo.Fields) == 0:
		return badCommand(cause, "UpsertedMemo.Fields is not set on ModifyWorkflowPropertiesCommand.")
	}
	merged := mergedMemo(c.memo, a.UpsertedMemo)
	if size, limit := proto.Size(merged), c.maxReply/2; limit > 0 && size > limit {
		return badCommand(cause, "the memo has %d bytes, and may have %d: half of a message.", size, limit)
	}
	c.memo = merged
	return nil
}

func (t *transaction) modifyProperties(command *commandpb.Command, completedID int64) {
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes{WorkflowPropertiesModifiedEventAttributes: &historypb.WorkflowPropertiesModifiedEventAttributes{
			WorkflowTaskCompletedEventId: completedID, UpsertedMemo: command.GetModifyWorkflowPropertiesCommandAttributes().GetUpsertedMemo(),
		}},
	})
}

func mergedMemo(base, over *commonpb.Memo) *commonpb.Memo {
	if len(over.GetFields()) == 0 {
		return base
	}
	return &commonpb.Memo{Fields: api.MergedFields(base.GetFields(), over.Fields)}
}
