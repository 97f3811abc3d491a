package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/worker"
)

// A server on a cluster, with three replicas, and workers at another of its nats-servers. The leader of a log is
// shut down under load, and later started again, as often as there are milestones. As whoever restarts one nats-server
// after the other has to, it waits for what was started again to catch up: without a third replica, and with one that has
// lost what was in its memory, a consumer has no leader, and its queue stands still until the third is there.
func TestLeaderShutDown(t *testing.T) {
	t.Parallel()
	journeys, every := 120, 700
	if *long {
		journeys, every = 1500, 1500
	}
	servers := natstest.Cluster(t, 3)
	config := on(servers[0].ClientURL(), runtime.Tuning{})
	config.Replicas = 3
	s := startLocal(t, config)
	c, js := connectClient(t, servers[1].ClientURL()), jetStream(t, servers[2].ClientURL())
	log := names.LogStream(first, 0)
	require.Equal(t, 3, mustStream(t, js, log).CachedInfo().Config.Replicas)
	effects := newLedger(every)
	startWorker(t, c, worker.Options{}, effects.implementations()...)
	var down *natstest.Server
	load{client: c, effects: effects, journeys: journeys, pause: 200 * time.Millisecond, disturb: func(int) {
		if down != nil {
			down.Restart(t)
			down = nil
			eventually(t, func() bool { return isCurrent(js) }, "what was started again does not catch up")
			return
		}
		leader := leaderOf(t, js, log)
		down = servers[slices.IndexFunc(servers, func(s *natstest.Server) bool { return s.Name() == leader })]
		down.Stop()
	}}.run(t)
	if down != nil {
		down.Restart(t)
	}
	require.Zero(t, s.log.Count("shard stopped"), "%s", s.log)
	s.stop(t) // before its NATS does
}

// leaderOf is the name of the nats-server that leads a stream.
func leaderOf(t testing.TB, js jetstream.JetStream, stream string) (leader string) {
	t.Helper()
	eventually(t, func() bool {
		s, err := js.Stream(within(t), stream)
		if err == nil && s.CachedInfo().Cluster != nil {
			leader = s.CachedInfo().Cluster.Leader
		}
		return leader != ""
	}, "stream %s has no leader", stream)
	return leader
}

// isCurrent tells whether all replicas of all streams and consumers have all that their leaders have.
func isCurrent(js jetstream.JetStream) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // a request of the moment of an election is never answered
	defer cancel()
	streams, current := js.ListStreams(ctx), true
	for info := range streams.Info() { // to the end: the lister has a goroutine
		current = current && allCurrent(info.Cluster) && consumersAreCurrent(ctx, js, info)
	}
	return current && streams.Err() == nil
}

func consumersAreCurrent(ctx context.Context, js jetstream.JetStream, info *jetstream.StreamInfo) bool {
	stream, err := js.Stream(ctx, info.Config.Name)
	if err != nil {
		return false
	}
	consumers, count := stream.ListConsumers(ctx), 0
	for consumer := range consumers.Info() {
		if allCurrent(consumer.Cluster) {
			count++
		}
	}
	return consumers.Err() == nil && count == info.State.Consumers // one without a leader is not listed
}

func allCurrent(cluster *jetstream.ClusterInfo) bool {
	if cluster == nil || cluster.Leader == "" {
		return false
	}
	for _, replica := range cluster.Replicas {
		if replica.Offline || !replica.Current {
			return false
		}
	}
	return true
}
