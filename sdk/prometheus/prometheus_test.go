package prometheus_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	upstream "github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/metrics"
	"github.com/perdure/perdure/sdk/prometheus"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

const queue = "greetings"

var (
	greet   = workflow.Declare[string, string]("Greet")
	compose = activity.Declare[string, string]("Compose")
	approve = workflow.DeclareSignal[string]("approve")
)

// value is that of a series with those labels, whatever else it has: a histogram's is its count. -1: there is none.
func value(t *testing.T, g upstream.Gatherer, name string, labels ...string) float64 {
	t.Helper()
	families, err := g.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			has := map[string]bool{}
			for _, l := range m.GetLabel() {
				has[l.GetName()+"="+l.GetValue()] = true
			}
			if slices.ContainsFunc(labels, func(label string) bool { return !has[label] }) {
				continue
			}
			switch {
			case m.GetCounter() != nil:
				return m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				return m.GetGauge().GetValue()
			}
			return float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

func TestAHandlerKeepsSeriesApart(t *testing.T) {
	registry := upstream.NewPedanticRegistry()
	h, err := prometheus.NewHandler(registry)
	require.NoError(t, err)
	tagged := h.WithTags(map[string]string{"k": "v"})
	h.Counter("events").Inc(2)
	tagged.Counter("events").Inc(3)
	tagged.WithTags(map[string]string{"k": "w"}).Counter("events").Inc(4)
	h.WithTags(map[string]string{"k": "v"}).Counter("events").Inc(1) // the same series
	tagged.Gauge("level").Update(1.5)
	tagged.Timer("took").Record(3 * time.Millisecond)
	tagged.WithTags(map[string]string{"odd": "\xff"}).Timer("took").Record(time.Hour)
	require.InDelta(t, 2, value(t, registry, "events_total", "k="), 0)
	require.InDelta(t, 4, value(t, registry, "events_total", "k=v"), 0)
	require.InDelta(t, 4, value(t, registry, "events_total", "k=w"), 0)
	require.InDelta(t, 1.5, value(t, registry, "level", "k=v"), 0)
	require.InDelta(t, 1, value(t, registry, "took_seconds", "k=v", "odd="), 0)
	require.InDelta(t, 1, value(t, registry, "took_seconds", "k=v", "odd=?"), 0)
}

// What a client and its worker tell of some workflows is what is documented, and no more.
func TestClientsAndWorkersTellWhatTheyDo(t *testing.T) {
	registry := upstream.NewPedanticRegistry()
	handler, err := prometheus.NewHandler(registry)
	require.NoError(t, err)
	url := natstest.Start(t).ClientURL()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	service, err := servicetest.Start(conn)
	require.NoError(t, err)
	defer service.Stop()
	c, err := client.Connect(client.Options{URL: url, MetricsHandler: handler})
	require.NoError(t, err)
	defer c.Close()
	w, err := worker.New(c, queue, worker.Options{})
	require.NoError(t, err)
	w.Register(
		greet.Implement(func(ctx workflow.Context, name string) (string, error) {
			workflow.GetMetricsHandler(ctx).Counter("greetings").Inc(1)
			approve.Channel(ctx).Receive(ctx)
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
			return workflow.ExecuteActivity(ctx, compose, name).Get(ctx)
		}),
		compose.Implement(func(ctx context.Context, name string) (string, error) {
			activity.GetMetricsHandler(ctx).Gauge("length").Update(float64(len(name)))
			if name == "" {
				return "", errors.New("nobody to greet")
			}
			return "hello " + name, nil
		}),
	)
	require.NoError(t, w.Start())
	require.InDelta(t, 1, value(t, registry, "temporal_num_pollers", "poller_type=workflow_task", "task_queue="+queue), 0)
	for _, name := range []string{"Ada", ""} {
		run, err := client.Start(t.Context(), c, greet, name, client.StartOptions{ID: "w" + name, TaskQueue: queue})
		require.NoError(t, err)
		require.NoError(t, client.Signal(t.Context(), c, "w"+name, "", approve, "yes"))
		_, err = run.Result(t.Context())
		require.Equal(t, name == "", err != nil)
	}
	_, err = c.Describe(t.Context(), "none", "")
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
	require.NoError(t, w.Stop())

	for name, want := range map[string]float64{
		"temporal_worker_start_total":                         1,
		"temporal_num_pollers":                                0,
		"temporal_worker_task_slots_used":                     0,
		"temporal_worker_task_slots_available":                200,
		"temporal_workflow_completed_total":                   1,
		"temporal_workflow_failed_total":                      1,
		"temporal_workflow_endtoend_latency_seconds":          2,
		"temporal_activity_execution_latency_seconds":         2,
		"temporal_activity_execution_failed_total":            1,
		"temporal_activity_succeed_endtoend_latency_seconds":  1,
		"temporal_activity_schedule_to_start_latency_seconds": 2,
		"temporal_sticky_cache_size":                          0,
		"temporal_sticky_cache_total_forced_eviction_total":   0,
		"temporal_sticky_cache_miss_total":                    0,
		"temporal_long_request_total":                         2,
		"greetings_total":                                     2, // not those of replays
		"length":                                              0,
	} {
		require.InDelta(t, want, value(t, registry, name), 0, name)
	}
	require.Positive(t, value(t, registry, "temporal_sticky_cache_hit_total"))
	require.GreaterOrEqual(t, value(t, registry, "temporal_workflow_task_execution_latency_seconds", "workflow_type=Greet"), 4.0)
	require.GreaterOrEqual(t, value(t, registry, "temporal_workflow_task_schedule_to_start_latency_seconds", "workflow_type=Greet"), 4.0)
	require.InDelta(t, 2, value(t, registry, "temporal_request_total", "operation=StartWorkflowExecution", "namespace=default"), 0)
	require.InDelta(t, 1, value(t, registry, "temporal_request_failure_total", "operation=DescribeWorkflowExecution", "status_code=NOT_FOUND"), 0)
	requireDescribed(t, registry)
}

// requireDescribed is that what was made is described, with those tags and no others.
func requireDescribed(t *testing.T, g upstream.Gatherer) {
	t.Helper()
	described := map[string][]string{}
	for _, d := range metrics.Descriptions() {
		described[d.Name+map[metrics.Kind]string{metrics.CounterKind: "_total", metrics.TimerKind: "_seconds"}[d.Kind]] = slices.Sorted(slices.Values(d.Tags))
	}
	families, err := g.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if !strings.HasPrefix(family.GetName(), "temporal_") {
			continue
		}
		require.Contains(t, described, family.GetName())
		var labels []string
		for _, l := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		require.Equal(t, described[family.GetName()], labels, family.GetName())
	}
}

// failing is a registerer that takes nothing.
type failing struct{ upstream.Registerer }

var errFailing = errors.New("closed")

func (failing) Register(upstream.Collector) error { return errFailing }

func TestARegistererThatRefuses(t *testing.T) {
	_, err := prometheus.NewHandler(failing{})
	require.ErrorIs(t, err, errFailing)
}
