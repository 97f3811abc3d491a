package visibility

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/history/namespace"
)

// A rebuild takes longer than a listing may wait: it answers at once, with what there is.
func TestNobodyWaitsForARebuild(t *testing.T) {
	p := newProjection(Config{Positions: claims{7}, Wait: patience}, &namespace.Settings{Shards: 1}, "")
	p.progress.setPartial(time.Now().Add(-2*patience), nil)
	require.GreaterOrEqual(t, p.await(t.Context()), 2*patience)
	require.Empty(t, p.progress.waiting)
	require.Len(t, p.wake, 1)
	p.progress.set([]uint64{7}, nil, time.Time{})
	p.progress.setPartial(time.Time{}, nil)
	require.Zero(t, p.await(t.Context()))
}
