package runtime

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime/monitor"
)

// metric is the type and the labels of one.
type metric struct{ kind, labels string }

var (
	documentedLine = regexp.MustCompile("^\\| `(perdure_[a-z_]+)` \\| (\\w+) \\| ([^|]*)\\| .+ \\|$")
	typeLine       = regexp.MustCompile(`^# TYPE (perdure_[a-z_]+) (\w+)$`)
	valueLine      = regexp.MustCompile(`^(perdure_[a-z_]+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? [-+.e0-9]+$`)
	labelName      = regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`)
)

// documented are the metrics of docs/METRICS.md.
func documented(t *testing.T) map[string]metric {
	t.Helper()
	text, err := os.ReadFile("../docs/METRICS.md")
	require.NoError(t, err)
	all := map[string]metric{}
	for line := range strings.Lines(string(text)) {
		if m := documentedLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			labels := strings.Split(strings.ReplaceAll(m[3], " ", ""), ",") // of none: one empty name
			slices.Sort(labels)
			all[m[1]] = metric{m[2], strings.Join(labels, ",")}
		}
	}
	return all
}

// scraped are the metrics of a server that have a value.
func scraped(t *testing.T, s *Server) map[string]metric {
	t.Helper()
	kinds, all := map[string]string{}, map[string]metric{}
	for line := range strings.Lines(page(t, "http://"+s.MetricsAddr()+"/metrics")) {
		line = strings.TrimSpace(line)
		if m := typeLine.FindStringSubmatch(line); m != nil {
			kinds[m[1]] = m[2]
		}
		m := valueLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var labels []string
		for _, label := range labelName.FindAllStringSubmatch(m[2], -1) {
			if label[1] != "le" {
				labels = append(labels, label[1])
			}
		}
		slices.Sort(labels)
		all[m[1]] = metric{kinds[m[1]], strings.Join(labels, ",")}
	}
	return all
}

// What is documented is what is served, with its type and its labels.
func TestEveryMetricIsDocumented(t *testing.T) {
	config := freeDoors(t)
	config.Metrics.Listen = "127.0.0.1:0"
	s := begin(t, config)
	c := employ(t, s.URL(), plusOne)
	runOne(t, c, "w")
	_, err := c.Describe(t.Context(), "none", "")
	require.Error(t, err)
	require.Equal(t, documented(t), scraped(t, s))
	text := page(t, "http://"+s.MetricsAddr()+"/metrics")
	require.Contains(t, text, `perdure_request_errors_total{code="NOT_FOUND",door="api",method="DescribeWorkflowExecution",namespace="default"} 1`)
	require.Contains(t, text, `perdure_task_queue_backlog{kind="workflow",namespace="default",task_queue="q"} 0`)
	require.Contains(t, text, "go_goroutines ")
	require.NotContains(t, text, `namespace="none"`)
}

// health asks a server how it is.
func health(t *testing.T, s *Server) (code int, h monitor.Health) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.MetricsAddr()+"/healthz", nil)
	require.NoError(t, err)
	reply, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	require.NoError(t, err)
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(body, &h), "%s", body)
	return reply.StatusCode, h
}

func TestAHealthyServer(t *testing.T) {
	config := freeDoors(t)
	config.Metrics.Listen = "127.0.0.1:0"
	s := begin(t, config)
	code, h := health(t, s)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, monitor.Health{Status: monitor.StatusServing, NATS: "connected"}, h)
}

// onExisting is a server on a NATS that is there.
func onExisting(url string) Config {
	return Config{
		External: true, Connection: connect.Settings{URL: url}, Namespaces: []string{"shop"}, Shards: 2, Metrics: Metrics{Listen: "127.0.0.1:0"},
	}
}

// A shard whose log is gone is named; all else goes on.
func TestAShardThatDoesNotServeIsUnhealthy(t *testing.T) {
	nats := natstest.Start(t)
	s, err := Start(t.Context(), onExisting(nats.ClientURL()))
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	js := nats.Connect(t)
	require.NoError(t, js.DeleteStream(t.Context(), api.Names{}.LogStream(api.Incarnation{Namespace: "shop", Number: 1}, 1)))

	s = begin(t, onExisting(nats.ClientURL()))
	code, h := health(t, s)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, monitor.StatusImpaired, h.Status)
	require.Equal(t, "connected", h.NATS)
	require.Len(t, h.Shards, 1)
	require.Equal(t, 1, h.Shards[0].Shard)
	require.True(t, h.Shards[0].Stopped)
	require.Contains(t, h.Shards[0].Reason, "LOG_1")
	require.Contains(t, page(t, "http://"+s.MetricsAddr()+"/metrics"), `perdure_shard_up{namespace="shop",shard="1"} 0`)
}

// A namespace that cannot be opened is named, beside one that can.
func TestANamespaceThatIsNotServedIsUnhealthy(t *testing.T) {
	nats := natstest.Start(t)
	config := onExisting(nats.ClientURL())
	config.Namespaces = append(config.Namespaces, "stall")
	s, err := Start(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	js := nats.Connect(t)
	require.NoError(t, js.DeleteStream(t.Context(), api.Names{}.HistoryStream(api.Incarnation{Namespace: "stall", Number: 1})))

	code, h := health(t, begin(t, config))
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Len(t, h.Namespaces, 1)
	require.Equal(t, "stall", h.Namespaces[0].Namespace)
	require.NotEmpty(t, h.Namespaces[0].Reason)
}

// While NATS is away the server is unhealthy, and it is well again when it is back.
func TestAServerWithoutNATSIsUnhealthy(t *testing.T) {
	nats := natstest.Start(t)
	s := begin(t, onExisting(nats.ClientURL()))
	lost := s.conn.StatusChanged()
	nats.Stop()
	for s.conn.IsConnected() {
		<-lost
	}
	code, h := health(t, s)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.NotEqual(t, "connected", h.NATS)
	nats.Restart(t)
	for code != http.StatusOK { // the test's own time bounds it
		code, h = health(t, s)
	}
	require.Equal(t, monitor.Health{Status: monitor.StatusServing, NATS: "connected"}, h)
}
