package sweep

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// Of a bucket with three replicas what is held stays, and what is not goes, also when the leader is shut down in the
// middle of a sweep: what that leaves undone the next one does.
func TestReplicas(t *testing.T) {
	servers := natstest.Cluster(t, 3)
	f := newFixtureOn(t, servers[0].Connect(t), 3, 0)
	elsewhere := *f.objects
	elsewhere.Conn = servers[1].Connect(t).Conn()
	f.objects = &elsewhere
	var ids []api.PayloadID
	for n := range 40 {
		ids = append(ids, f.put(t, n))
		if n%2 == 0 {
			f.held[ids[n]] = struct{}{}
		}
	}
	result, err := f.sweeper.sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, Result{Removed: 20, Held: 20}, result)
	require.EqualValues(t, 40, f.messages(t))

	clear(f.held)
	for _, id := range ids[:20] {
		f.held[id] = struct{}{}
	}
	leader := f.leader(t, servers)
	held := f.sweeper.config.Held
	f.sweeper.config.Held = func(ctx context.Context) (map[api.PayloadID]struct{}, error) {
		leader.Stop()
		return held(ctx)
	}
	_, _ = f.sweeper.sweep(t.Context()) // it may fail
	f.sweeper.config.Held = held
	leader.Restart(t)
	require.Eventually(t, func() bool {
		_, err := f.sweeper.sweep(t.Context())
		return err == nil && f.messages(t) == 20
	}, time.Minute, 10*time.Millisecond)
	for n, id := range ids[:20] {
		if n%2 == 0 {
			require.True(t, f.has(id))
		}
	}
}

// leader is the server that leads the bucket.
func (f *fixture) leader(t *testing.T, servers []*natstest.Server) *natstest.Server {
	t.Helper()
	s, err := f.js.Stream(t.Context(), name.Stream())
	require.NoError(t, err)
	named := func(s2 *natstest.Server) bool { return s2.Name() == s.CachedInfo().Cluster.Leader }
	return servers[slices.IndexFunc(servers, named)]
}
