package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

func TestUpsertsAreRecordedOnce(t *testing.T) {
	for _, c := range []struct {
		add    func(*Outbox)
		made   enumspb.EventType
		refuse string
	}{
		{func(o *Outbox) { UpsertSearchAttributes(o, &commonpb.SearchAttributes{}) }, enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, "the upsert of search attributes is recorded"},
		{func(o *Outbox) { UpsertMemo(o, &commonpb.Memo{}) }, enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, "the upsert of the memo is recorded"},
	} {
		o := newOutbox()
		c.add(o)
		machine := o.items[0].machine
		event := &historypb.HistoryEvent{EventId: 5, EventType: c.made}
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{event}))
		requireIllegal(t, machine.Recorded(event), c.refuse)

		c.add(o)
		var mismatch *MismatchError
		require.ErrorAs(t, o.Settle([]*historypb.HistoryEvent{{EventId: 5, EventType: enumspb.EVENT_TYPE_MARKER_RECORDED}}), &mismatch)
	}
}

func TestAMismatchShowsNoMemo(t *testing.T) {
	o := newOutbox()
	UpsertMemo(o, &commonpb.Memo{Fields: map[string]*commonpb.Payload{"k": {Data: []byte("secret")}}})
	err := o.Settle(nil)
	require.ErrorContains(t, err, "the command ModifyWorkflowProperties {}")
	require.NotContains(t, err.Error(), "c2VjcmV0")
}
