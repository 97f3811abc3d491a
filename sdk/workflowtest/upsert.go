package workflowtest

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/converter"
)

// Memo reads a field of the run's memo, as a description would show it now, into what into points to. It tells whether the memo has the field.
func (env *Environment) Memo(key string, into any) (bool, error) {
	return read(env.opts.DataConverter, "memo", env.memo.GetFields(), key, into)
}

// SearchAttribute reads a search attribute of the run, as lists would find it now, into what into points to. It tells whether the run has it.
func (env *Environment) SearchAttribute(name string, into any) (bool, error) {
	return read(converter.Default(), "search attribute", env.attributes.GetIndexedFields(), name, into)
}

func read(dc converter.DataConverter, what string, fields map[string]*commonpb.Payload, name string, into any) (bool, error) {
	value, ok := fields[name]
	if !ok {
		return false, nil
	}
	if err := dc.FromPayload(value, into); err != nil {
		return true, fmt.Errorf("%s %s: %w", what, name, err)
	}
	return true, nil
}

func (env *Environment) upsertSearchAttributes(c *commandpb.Command, task int64) {
	upserted := c.GetUpsertWorkflowSearchAttributesCommandAttributes().GetSearchAttributes()
	env.attributes = mergedAttributes(env.attributes, upserted)
	env.journal.write(enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{
			UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{SearchAttributes: upserted, WorkflowTaskCompletedEventId: task},
		},
	})
}

func (env *Environment) upsertMemo(c *commandpb.Command, task int64) {
	upserted := c.GetModifyWorkflowPropertiesCommandAttributes().GetUpsertedMemo()
	env.memo = mergedMemo(env.memo, upserted)
	env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes{
			WorkflowPropertiesModifiedEventAttributes: &historypb.WorkflowPropertiesModifiedEventAttributes{UpsertedMemo: upserted, WorkflowTaskCompletedEventId: task},
		},
	})
}

func mergedAttributes(base, over *commonpb.SearchAttributes) *commonpb.SearchAttributes {
	if len(over.GetIndexedFields()) == 0 {
		return base
	}
	return &commonpb.SearchAttributes{IndexedFields: api.MergedFields(base.GetIndexedFields(), over.IndexedFields)}
}

func mergedMemo(base, over *commonpb.Memo) *commonpb.Memo {
	if len(over.GetFields()) == 0 {
		return base
	}
	return &commonpb.Memo{Fields: api.MergedFields(base.GetFields(), over.Fields)}
}
