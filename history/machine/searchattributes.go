package machine

import (
	"errors"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// upsertSearchAttributes also looks at what the run has with those of earlier commands: together they are bounded.
func (c *commandCheck) upsertSearchAttributes(a *commandpb.UpsertWorkflowSearchAttributesCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES
	switch {
	case a == nil:
		return badCommand(cause, "UpsertWorkflowSearchAttributesCommandAttributes is not set on UpsertWorkflowSearchAttributesCommand.")
	case a.SearchAttributes == nil:
		return badCommand(cause, "SearchAttributes is not set on UpsertWorkflowSearchAttributesCommand.")
	case len(a.SearchAttributes.IndexedFields) == 0:
		return badCommand(cause, "IndexedFields is not set on UpsertWorkflowSearchAttributesCommand.")
	}
	if problem := c.searchAttributes(a.SearchAttributes); problem != "" {
		return badCommand(cause, "%s", problem)
	}
	merged := mergedSearchAttributes(c.upserted, c.types.Typed(a.SearchAttributes))
	if size := proto.Size(merged); size > api.MaxSearchAttributesSize {
		return badCommand(cause, "total size of search attributes %d exceeds size limit %d", size, api.MaxSearchAttributesSize)
	}
	c.upserted = merged
	return nil
}

// searchAttributes is why attributes cannot be set; "" when they can.
func (c *commandCheck) searchAttributes(attributes *commonpb.SearchAttributes) string {
	if c.types == nil {
		return ""
	}
	err := c.types.Check(c.namespace, attributes)
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return invalid.Message
	}
	return ""
}

func (t *transaction) upsertSearchAttributes(command *commandpb.Command, completedID int64) {
	a := command.GetUpsertWorkflowSearchAttributesCommandAttributes()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{
			WorkflowTaskCompletedEventId: completedID, SearchAttributes: t.in.SearchAttributes.Typed(a.SearchAttributes),
		}},
	})
}

func mergedSearchAttributes(base, over *commonpb.SearchAttributes) *commonpb.SearchAttributes {
	if len(over.GetIndexedFields()) == 0 {
		return base
	}
	return &commonpb.SearchAttributes{IndexedFields: api.MergedFields(base.GetIndexedFields(), over.IndexedFields)}
}
