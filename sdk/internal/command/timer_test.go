package command

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
)

func TestTimerFires(t *testing.T) {
	o := newOutbox()
	timer := NewTimer(o, time.Second, nil)
	require.Equal(t, "5", o.Commands()[0].GetStartTimerCommandAttributes().GetTimerId())
	require.NoError(t, o.Settle([]*historypb.HistoryEvent{started(5, "5")}))
	require.NoError(t, timer.Fired())
	requireIllegal(t, timer.Fired(), "timer 5 is fired and cannot be fired")
	o.Begin(8)
	timer.Cancel()
	require.Empty(t, o.Commands())
}

func TestTimerIsCancelled(t *testing.T) {
	t.Run("in the task that starts it", func(t *testing.T) {
		o := newOutbox()
		timer := NewTimer(o, time.Second, nil)
		timer.Cancel()
		timer.Cancel()
		require.Equal(t, []string{"StartTimer", "CancelTimer"}, types(o))
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{started(5, "5"), canceled(6, "5")}))
		requireIllegal(t, timer.Fired(), "timer 5 is cancelled and cannot be fired")
	})
	t.Run("when it has already fired", func(t *testing.T) {
		o := newOutbox()
		timer := NewTimer(o, time.Second, nil)
		require.NoError(t, o.Settle([]*historypb.HistoryEvent{started(5, "5")}))
		o.Begin(8)
		timer.Cancel()
		require.NoError(t, timer.Fired())
		require.Empty(t, o.Commands())
	})
}
