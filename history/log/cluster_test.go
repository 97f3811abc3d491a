package log

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

// TestReplicatedLog: pipelining, fencing and reading with three replicas,
// where refusals come with another code and any replica may answer reads.
func TestReplicatedLog(t *testing.T) {
	servers := natstest.Cluster(t, 3)
	js := servers[0].Connect(t)
	l := newLog(t, js, func(c *Config) { c.Replicas = 3 })
	w := takeOver(t, l, 0, 1)
	const frames = 200
	received := 0
	for i := range frames {
		for len(w.flights) == l.config.MaxInFlight {
			require.NoError(t, ack(t, w).Err)
			received++
		}
		_, err := w.Append(records(fmt.Sprint(i)))
		require.NoError(t, err)
	}
	for ; received < frames; received++ {
		require.NoError(t, ack(t, w).Err)
	}
	got, tail := read(t, l, 0, 0)
	require.Len(t, got, frames+1)
	require.Equal(t, Tail{First: 1, Last: frames + 1, Epoch: 1, Owner: "owner"}, tail)

	other := openLog(t, servers[1].Connect(t), l.stream.Created())
	_, err := other.TakeOver(testContext(t), "other", 5, 2)
	require.ErrorIs(t, err, ErrConflict)
	takeOver(t, other, tail.Last, 2)
	for range 4 {
		_, err := w.Append(records("late"))
		require.NoError(t, err)
	}
	require.ErrorIs(t, ack(t, w).Err, ErrFenced)
	require.NoError(t, other.Cut(testContext(t), 100, 150))
	_, tail = read(t, other, 0, 0)
	require.EqualValues(t, 100, tail.First)
	require.EqualValues(t, 2, tail.Epoch)
}
