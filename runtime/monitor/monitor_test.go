package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.uber.org/goleak"

	"github.com/perdure/perdure/history"
	"github.com/perdure/perdure/internal/histogram"
	"github.com/perdure/perdure/matching"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type shards []history.ShardStatistics

func (s shards) Statistics() []history.ShardStatistics { return s }

type queues matching.Statistics

func (q queues) Statistics() matching.Statistics { return matching.Statistics(q) }

func start(t *testing.T) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(Config{Listener: listener, Version: "1.2.3", NATSVersion: "2.15", Logger: zerolog.Nop()})
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })
	return s
}

func get(t *testing.T, s *Server, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+path, nil)
	require.NoError(t, err)
	reply, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	require.NoError(t, err)
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	return reply.StatusCode, string(body)
}

func TestTheHealthOfAServerFromItsStartToItsEnd(t *testing.T) {
	s := start(t)
	health := func() (int, Health) {
		code, body := get(t, s, "/healthz")
		var h Health
		require.NoError(t, json.Unmarshal([]byte(body), &h))
		return code, h
	}
	code, h := health()
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, Health{Status: StatusStarting}, h)

	recovering := history.ShardStatistics{Namespace: "shop", Shard: 3, Unserved: "it is recovering"}
	s.Watch(Sources{History: shards{recovering}})
	_, h = health()
	require.Equal(t, Health{Status: StatusStarting, Shards: []UnservedShard{{"shop", 3, "it is recovering", false}}}, h)
	s.Serving()
	code, h = health()
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, StatusImpaired, h.Status)
	s.Watch(Sources{History: shards{{Namespace: "shop", Shard: 3}}, Unserved: func() map[string]string { return nil }})
	code, h = health()
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, Health{Status: StatusServing}, h)

	many := map[string]string{}
	for n := range mostTold + 5 {
		many[fmt.Sprintf("namespace-%03d", n)] = "gone"
	}
	s.Watch(Sources{History: shards{recovering}, Unserved: func() map[string]string { return many }})
	_, h = health()
	require.Len(t, h.Namespaces, mostTold)
	require.Empty(t, h.Shards)
	require.Equal(t, 6, h.More)
	s.Stopping()
	_, h = health()
	require.Equal(t, StatusStopping, h.Status)
}

func TestPaths(t *testing.T) {
	s := start(t)
	code, body := get(t, s, "/")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, "/metrics")
	code, body = get(t, s, "/metrics")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `perdure_build_info{nats_version="2.15",version="1.2.3"} 1`)
	for _, path := range []string{"/debug/pprof", "/other"} {
		code, _ = get(t, s, path)
		require.Equal(t, http.StatusNotFound, code)
	}
	require.Error(t, s.Start(t.Context()), "once is enough")
}

func TestAServerThatWasNotStartedStops(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(Config{Listener: listener, Logger: zerolog.Nop()})
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
	_, err = net.Dial("tcp", s.Addr())
	require.Error(t, err)
}

// Whatever queues are called, a scrape works, and there are not more of them than are told of.
func TestTaskQueuesAsLabels(t *testing.T) {
	long := strings.Repeat("x", 999)
	all := []matching.QueueStatistics{
		{Queue: "\xff\xfe", Kind: enumspb.TASK_QUEUE_TYPE_WORKFLOW, Backlog: 1 << 40, Age: time.Minute},
		{Queue: long + "a", Kind: enumspb.TASK_QUEUE_TYPE_WORKFLOW, Backlog: 1 << 40},
		{Queue: long + "b", Kind: enumspb.TASK_QUEUE_TYPE_WORKFLOW, Backlog: 1 << 40},
		{Queue: others, Kind: enumspb.TASK_QUEUE_TYPE_WORKFLOW, Backlog: 1 << 40},
	}
	for n := range 1000 {
		all = append(all, matching.QueueStatistics{Queue: fmt.Sprint("q", n), Kind: enumspb.TaskQueueType(1 + n%2), Backlog: uint64(n), Added: 1})
	}
	s := start(t)
	s.Watch(Sources{Matching: queues{Namespaces: []matching.NamespaceStatistics{{Namespace: "shop", Queues: all}}}})
	code, body := get(t, s, "/metrics")
	require.Equal(t, http.StatusOK, code, body)
	require.Equal(t, mostQueues+2, strings.Count(body, "\nperdure_task_queue_backlog{"))
	require.Contains(t, body, `perdure_task_queue_added_total{kind="workflow",namespace="shop",task_queue="(others)"} 402`)
	require.Contains(t, body, `perdure_task_queue_added_total{kind="activity",namespace="shop",task_queue="(others)"} 402`)
	require.Contains(t, body, `task_queue="q999"`)
	require.NotContains(t, body, `task_queue="q1"`)
	require.NotContains(t, body, long)
}

func TestHistograms(t *testing.T) {
	h := histogram.NewDurations()
	h.Observe(int64(2 * time.Millisecond))
	h.Observe(int64(time.Minute))
	s := start(t)
	s.Watch(Sources{History: shards{{Namespace: "shop", Appends: h.Read()}, {Namespace: "shop", Shard: 1, Appends: h.Read()}}})
	_, body := get(t, s, "/metrics")
	for _, line := range []string{
		`perdure_append_duration_seconds_bucket{namespace="shop",le="0.001"} 0`,
		`perdure_append_duration_seconds_bucket{namespace="shop",le="0.0025"} 2`,
		`perdure_append_duration_seconds_bucket{namespace="shop",le="10"} 2`,
		`perdure_append_duration_seconds_bucket{namespace="shop",le="+Inf"} 4`,
		`perdure_append_duration_seconds_sum{namespace="shop"} 120.004`,
		`perdure_append_duration_seconds_count{namespace="shop"} 4`,
	} {
		require.Contains(t, body, line)
	}
}
