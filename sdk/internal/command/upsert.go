package command

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// Upsert changes what is said of the run beside its input. Nothing follows it.
type Upsert struct {
	what  string
	state onceState
}

// UpsertSearchAttributes adds the command that sets and removes search attributes.
func UpsertSearchAttributes(o *Outbox, attributes *commonpb.SearchAttributes) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
		Attributes: &commandpb.Command_UpsertWorkflowSearchAttributesCommandAttributes{
			UpsertWorkflowSearchAttributesCommandAttributes: &commandpb.UpsertWorkflowSearchAttributesCommandAttributes{SearchAttributes: attributes},
		},
	}, &Upsert{what: "the upsert of search attributes"})
}

// UpsertMemo adds the command that sets and removes fields of the memo.
func UpsertMemo(o *Outbox, memo *commonpb.Memo) {
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES,
		Attributes: &commandpb.Command_ModifyWorkflowPropertiesCommandAttributes{
			ModifyWorkflowPropertiesCommandAttributes: &commandpb.ModifyWorkflowPropertiesCommandAttributes{UpsertedMemo: memo},
		},
	}, &Upsert{what: "the upsert of the memo"})
}

// Recorded implements [Machine].
func (u *Upsert) Recorded(*historypb.HistoryEvent) (err error) {
	u.state, err = next(onceMoves, u.state, onRecorded, u)
	return err
}

// String names the upsert in errors.
func (u *Upsert) String() string { return u.what }
