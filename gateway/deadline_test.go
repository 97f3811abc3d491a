package gateway

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDeadlinesAreSharedAndNeverShort(t *testing.T) {
	parent, end := context.WithCancelCause(context.Background())
	d := newDeadlines(parent, time.Minute)
	began := time.Now()
	first := d.context()
	require.Equal(t, first, d.context(), "requests of one moment share a context")
	deadline, ok := first.Deadline()
	require.True(t, ok)
	require.False(t, deadline.Before(began.Add(time.Minute)))
	require.False(t, deadline.After(time.Now().Add(time.Minute+time.Minute/share)))

	d.until = time.Now() // its share of the time is over
	second := d.context()
	require.NotEqual(t, first, second)
	later, _ := second.Deadline()
	require.True(t, later.After(deadline))

	end(errStopping)
	require.ErrorIs(t, first.Err(), context.Canceled)
	require.ErrorIs(t, context.Cause(second), errStopping)
}

func TestDeadlinesEndByThemselves(t *testing.T) {
	d := newDeadlines(context.Background(), 10*time.Millisecond)
	ctx := d.context()
	<-ctx.Done()
	require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
	require.NoError(t, d.context().Err(), "one that has ended is not given out")
}
