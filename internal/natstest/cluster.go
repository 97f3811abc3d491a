package natstest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// Cluster runs servers that make one JetStream cluster, until the test ends.
func Cluster(t testing.TB, size int, configure ...func(*server.Options)) []*Server {
	t.Helper()
	servers := make([]*Server, size)
	var routes []string
	for i := range servers {
		servers[i] = Start(t, append(configure, func(o *server.Options) {
			o.ServerName = fmt.Sprintf("s%d", i+1)
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: server.RANDOM_PORT}
			o.Routes = server.RoutesFromStr(strings.Join(routes, ","))
		})...)
		routes = append(routes, "nats-route://"+servers[i].ClusterAddr().String())
	}
	require.Eventually(t, func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == size {
				return true
			}
		}
		return false
	}, ready, 10*time.Millisecond, "the cluster has no leader")
	return servers
}
