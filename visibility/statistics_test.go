package visibility

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHowFarTheIndexIsBehindIsTold(t *testing.T) {
	begun := time.Now()
	p := newProgress(2, begun)
	now := begun.Add(time.Minute)
	require.Equal(t, time.Minute, p.behind([]uint64{3, 3}, now), "nothing is known yet")
	p.setPartial(time.Time{}, nil)
	p.set([]uint64{3, 2}, []uint64{3, 3}, begun.Add(30*time.Second))
	require.Equal(t, time.Minute, p.behind([]uint64{3, 3}, now), "the second shard was never seen to be known")
	require.Equal(t, 30*time.Second, p.behind([]uint64{4, 2}, now))
	require.Zero(t, p.behind([]uint64{3, 2}, now))
	require.Empty(t, p.waiting)
}

func TestTheIndexesOfAllNamespacesAreToldOf(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	all := s.Statistics()
	require.Len(t, all, 1)
	require.Equal(t, testNamespace, all[0].Namespace)
	require.NoError(t, s.Stop(within(t)))
	all = s.Statistics()
	require.True(t, all[0].Missing)
	require.Positive(t, all[0].Behind)
}
