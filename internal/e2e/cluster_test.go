package e2e

import (
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
// shut down under load, and later started again, as often as there are milestones.
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
			return
		}
		leader := leaderOf(t, js, log)
		down = servers[slices.IndexFunc(servers, func(s *natstest.Server) bool { return s.Name() == leader })]
		down.Stop()
	}}.run(t)
	if down != nil {
		down.Restart(t)
	}
	require.Zero(t, s.log.count("shard stopped"), "%s", s.log)
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
