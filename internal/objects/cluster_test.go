package objects

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
)

// replicated is a bucket with three replicas, as who is connected to each of its servers has it.
func replicated(t *testing.T) ([]*natstest.Server, []*Bucket, jetstream.JetStream) {
	t.Helper()
	servers := natstest.Cluster(t, 3)
	var buckets []*Bucket
	js := servers[0].Connect(t)
	_, err := js.CreateStream(t.Context(), StreamConfig(name, 3))
	require.NoError(t, err)
	for _, s := range servers {
		buckets = append(buckets, &Bucket{Conn: s.Connect(t).Conn(), Name: name})
	}
	return servers, buckets, js
}

func leaderOf(t *testing.T, js jetstream.JetStream) string {
	t.Helper()
	s, err := js.Stream(t.Context(), name.Stream())
	require.NoError(t, err)
	return s.CachedInfo().Cluster.Leader
}

// What one puts others find at once, and change at once, whichever replica each of them asks.
func TestReplicas(t *testing.T) {
	_, buckets, _ := replicated(t)
	for n := range 20 {
		data, id := content(n * chunkSize / 4)
		require.NoError(t, buckets[n%3].Put(t.Context(), id, data))
		for _, b := range buckets {
			got, err := b.Get(t.Context(), id, int64(len(data)))
			require.NoError(t, err)
			require.Len(t, got, len(data))
		}
	}
	data, id := content(3 * chunkSize)
	failures := make([]error, 9)
	var all sync.WaitGroup
	for n := range failures {
		all.Go(func() { failures[n] = buckets[n%3].Put(t.Context(), id, data) })
	}
	all.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	for n := range 9 {
		b := *buckets[n%3]
		b.RenewAfter = time.Nanosecond
		require.NoError(t, b.Put(t.Context(), id, data), "it is renewed")
		_, err := buckets[(n+1)%3].Get(t.Context(), id, int64(len(data)))
		require.NoError(t, err)
	}
}

// The bucket's leader is shut down while objects are put and read: who cannot be served is told that it is worth trying
// again, and what was put is there, at every server.
func TestTheLeaderOfABucketIsShutDown(t *testing.T) {
	servers, buckets, js := replicated(t)
	leader := slices.IndexFunc(servers, func(s *natstest.Server) bool { return s.Name() == leaderOf(t, js) })
	others := slices.Delete(slices.Clone(buckets), leader, leader+1)
	var mu sync.Mutex
	put := map[string]bool{}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, b := range others {
		all.Go(func() {
			for ctx.Err() == nil {
				data, id := content(chunkSize / 2)
				err := b.Put(t.Context(), id, data)
				if err != nil && !errors.Is(err, ErrUnavailable) {
					t.Errorf("putting: %v", err)
				}
				if err != nil {
					continue
				}
				mu.Lock()
				put[string(data)] = true
				mu.Unlock()
			}
		})
	}
	some := func(n int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(put) >= n
		}
	}
	require.Eventually(t, some(20), time.Minute, time.Millisecond)
	servers[leader].Stop()
	mu.Lock()
	before := len(put)
	mu.Unlock()
	require.Eventually(t, some(before+20), time.Minute, time.Millisecond)
	servers[leader].Restart(t)
	cancel()
	all.Wait()
	for data := range put {
		for _, b := range buckets {
			id := api.PayloadIDOf([]byte(data))
			require.Eventually(t, func() bool {
				_, err := b.Get(t.Context(), id, int64(len(data)))
				return err == nil
			}, time.Minute, time.Millisecond)
		}
	}
}
