package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

func TestReservedIDsAreSkipped(t *testing.T) {
	o := newOutbox()
	o.Reserve(5)
	o.Reserve(6)
	o.Reserve(8)
	a, b := NewTimer(o, time.Second, nil), NewTimer(o, time.Second, nil)
	require.Equal(t, int64(7), a.StartedEventID)
	require.Equal(t, int64(9), b.StartedEventID)
	upsert := enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{
		{EventId: 5, EventType: enumspb.EVENT_TYPE_MARKER_RECORDED}, {EventId: 6, EventType: upsert}, started(7, "7"),
		{EventId: 8, EventType: enumspb.EVENT_TYPE_MARKER_RECORDED}, started(9, "9"),
	}))
}

func TestSettleNamesTheFirstDisagreement(t *testing.T) {
	cases := map[string]struct {
		events []*historypb.HistoryEvent
		text   string
	}{
		"another type": {[]*historypb.HistoryEvent{started(5, "5")},
			`the history has event 5 TimerStarted {"timer_id":"5"}, but the code now issues the command ScheduleActivityTask {"activity_id":"5","activity_type":{"name":"Act"}} there`},
		"another name": {[]*historypb.HistoryEvent{scheduled(5, "Other")}, `"activity_type":{"name":"Other"}`},
		"none":         {nil, "but the history has no event for it"},
		"one more":     {[]*historypb.HistoryEvent{scheduled(5, "Act"), started(6, "6")}, `the history has event 6 TimerStarted {"timer_id":"6"}, but the code now issues no command there`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := newOutbox()
			newActivity(o)
			var mismatch *MismatchError
			err := o.Settle(c.events)
			require.ErrorAs(t, err, &mismatch)
			require.ErrorContains(t, err, c.text)
			require.ErrorContains(t, err, "workflow.GetVersion")
		})
	}
}
