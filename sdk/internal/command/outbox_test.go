package command

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
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

// A payload that the code cannot read fails the workflow before its first step: that is what is to be told.
func TestAMismatchTellsWhyTheCodeFails(t *testing.T) {
	err := &MismatchError{Event: scheduled(5, "Act"), Command: &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_FailWorkflowExecutionCommandAttributes{FailWorkflowExecutionCommandAttributes: &commandpb.FailWorkflowExecutionCommandAttributes{
			Failure: &failurepb.Failure{Message: "no key for it" + strings.Repeat("!", 1000)},
		}},
	}}
	require.ErrorContains(t, err, "the code now issues the command FailWorkflowExecution {} (no key for it!")
	require.Less(t, len(err.Error()), 1200)
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
