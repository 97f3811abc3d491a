package engine

import (
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/internal/command"
)

// UpsertSearchAttributes sets search attributes of the run, and removes those with an empty value. Its info has them at once.
func (e *Env) UpsertSearchAttributes(attributes *commonpb.SearchAttributes) {
	e.MustBeWritable("upsert search attributes")
	if !e.discard() {
		command.UpsertSearchAttributes(&e.outbox, attributes)
		e.info.index(attributes)
	}
}

// UpsertMemo sets fields of the run's memo, and removes those with an empty value. Its info has them at once.
func (e *Env) UpsertMemo(memo *commonpb.Memo) {
	e.MustBeWritable("upsert the memo")
	if !e.discard() {
		command.UpsertMemo(&e.outbox, memo)
		e.info.Memo = &commonpb.Memo{Fields: api.MergedFields(e.info.Memo.GetFields(), memo.GetFields())}
	}
}

// index takes search attributes; what was handed out before stays as it is.
func (i *Info) index(attributes *commonpb.SearchAttributes) {
	i.SearchAttributes = &commonpb.SearchAttributes{IndexedFields: api.MergedFields(i.SearchAttributes.GetIndexedFields(), attributes.GetIndexedFields())}
}

// indexedVersions are the search attributes that an event upserts, if they tell versions; nil otherwise.
func indexedVersions(event *historypb.HistoryEvent) *commonpb.SearchAttributes {
	attributes := event.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes()
	if _, ok := attributes.GetIndexedFields()[changeVersionAttribute]; ok {
		return attributes
	}
	return nil
}
