package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

func TestMarkerIsRecordedOnce(t *testing.T) {
	o := newOutbox()
	m := NewMarker(o, "SideEffect", nil, nil)
	event := &historypb.HistoryEvent{EventId: 5, EventType: enumspb.EVENT_TYPE_MARKER_RECORDED,
		Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{MarkerName: "SideEffect"}}}
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{event}))
	requireIllegal(t, m.Recorded(event), "the marker SideEffect is recorded and cannot be recorded")
}
