package worker

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTasksOfAboutTheSameTimeShareAContext(t *testing.T) {
	parent, end := context.WithCancel(context.Background())
	d := newDeadlines(parent)
	began := time.Now()
	ctx := d.within(9*time.Second + 1)
	require.Equal(t, ctx, d.within(10*time.Second))
	require.NotEqual(t, ctx, d.within(10*time.Second+1))
	deadline, ok := ctx.Deadline()
	require.True(t, ok)
	require.False(t, deadline.Before(began.Add(10*time.Second)))
	for i := range 10 * mostDeadlines {
		d.within(time.Duration(i) * time.Second)
		require.LessOrEqual(t, len(d.shared), mostDeadlines)
	}
	end()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	require.ErrorIs(t, d.within(time.Minute).Err(), context.Canceled)
}
