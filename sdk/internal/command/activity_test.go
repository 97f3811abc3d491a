package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
)

func TestActivityRunsItsCourse(t *testing.T) {
	o := newOutbox()
	a := newActivity(o)
	require.Equal(t, "5", o.Commands()[0].GetScheduleActivityTaskCommandAttributes().GetActivityId())
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{scheduled(5, "Act")}))
	require.NoError(t, a.Started())
	require.NoError(t, a.Closed())
	requireIllegal(t, a.Closed(), "the activity scheduled by event 5 is closed and cannot be closed")

	o.Begin(8)
	a.Cancel()
	require.Empty(t, o.Commands(), "a closed activity is not cancelled")
}

func TestActivityIsCancelled(t *testing.T) {
	t.Run("in the task that schedules it", func(t *testing.T) {
		o := newOutbox()
		a := newActivity(o)
		a.Cancel()
		a.Cancel()
		require.Equal(t, []string{"ScheduleActivityTask", "RequestCancelActivityTask"}, types(o))
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{scheduled(5, "Act"), cancelRequested(5)}))
		require.NoError(t, a.Closed())
	})
	t.Run("later", func(t *testing.T) {
		o := newOutbox()
		a := newActivity(o)
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{scheduled(5, "Act")}))
		o.Begin(8)
		a.Cancel()
		require.Equal(t, []string{"RequestCancelActivityTask"}, types(o))
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{cancelRequested(5)}))
		require.NoError(t, a.Started())
		require.NoError(t, a.Closed())
	})
	t.Run("when its end is already there", func(t *testing.T) {
		o := newOutbox()
		a := newActivity(o)
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{scheduled(5, "Act")}))
		o.Begin(8)
		a.Cancel()
		require.NoError(t, a.Started())
		require.NoError(t, a.Closed())
		require.Empty(t, o.Commands(), "the cancel was not sent and is taken back")
		require.Equal(t, int64(10), o.NextEventID())
	})
}

func TestActivityEventsOutOfOrder(t *testing.T) {
	a := newActivity(newOutbox())
	requireIllegal(t, a.Started(), "is created and cannot be started")
	requireIllegal(t, a.Closed(), "is created and cannot be closed")
	requireIllegal(t, a.Recorded(cancelRequested(5)), "is created and cannot be asked to cancel")
}
