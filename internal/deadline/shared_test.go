package deadline

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errEnd = errors.New("the end")

func TestDeadlinesAreSharedAndNeverShort(t *testing.T) {
	parent, end := context.WithCancelCause(context.Background())
	d := NewShared(parent, time.Minute)
	began := time.Now()
	first := d.Context()
	require.Equal(t, first, d.Context(), "requests of one moment share a context")
	deadline, ok := first.Deadline()
	require.True(t, ok)
	require.False(t, deadline.Before(began.Add(time.Minute)))
	require.False(t, deadline.After(time.Now().Add(time.Minute+time.Minute/share)))

	d.until = time.Now() // its share of the time is over
	second := d.Context()
	require.NotEqual(t, first, second)
	later, _ := second.Deadline()
	require.True(t, later.After(deadline))

	end(errEnd)
	require.ErrorIs(t, first.Err(), context.Canceled)
	require.ErrorIs(t, context.Cause(second), errEnd)
}

func TestDeadlinesEndByThemselves(t *testing.T) {
	d := NewShared(context.Background(), 10*time.Millisecond)
	ctx := d.Context()
	<-ctx.Done()
	require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
	require.NoError(t, d.Context().Err(), "one that has ended is not given out")
}
