// Package prometheus keeps the metrics of clients and workers for Prometheus:
//
//	handler, err := prometheus.NewHandler(registry)
//	c, err := client.Connect(client.Options{MetricsHandler: handler})
//	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
//
// Counters end in _total and timers in _seconds, as Temporal's Go SDK has it. A metric has the labels that any of its series has; those that another
// lacks are empty.
package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/perdure/perdure/internal/histogram"
	"github.com/perdure/perdure/sdk/metrics"
)

// NewHandler makes a handler whose metrics are the registerer's. Several clients and workers share one: the metrics of two would be taken for the
// same, and not be served. The error is the registerer's.
func NewHandler(r prometheus.Registerer) (metrics.Handler, error) {
	all := &series{byName: map[string]map[string]*one{}}
	if err := r.Register(all); err != nil {
		return nil, fmt.Errorf("registering the metrics of clients and workers: %w", err)
	}
	return handler{all: all}, nil
}

// handler makes series with its tags.
type handler struct {
	all  *series
	tags map[string]string
}

func (h handler) WithTags(tags map[string]string) metrics.Handler {
	merged := make(map[string]string, len(h.tags)+len(tags))
	maps.Copy(merged, h.tags)
	maps.Copy(merged, tags)
	return handler{h.all, merged}
}

func (h handler) Counter(name string) metrics.Counter {
	return h.all.get(name+"_total", prometheus.CounterValue, h.tags)
}

func (h handler) Gauge(name string) metrics.Gauge {
	return h.all.get(name, prometheus.GaugeValue, h.tags)
}

func (h handler) Timer(name string) metrics.Timer {
	return h.all.get(name+"_seconds", prometheus.UntypedValue, h.tags)
}

// series are all there are, by name and then by tags.
type series struct {
	mu     sync.Mutex // guards what follows
	byName map[string]map[string]*one
}

// one is a counter, a gauge or a timer.
type one struct {
	kind  prometheus.ValueType
	tags  map[string]string
	count atomic.Int64
	gauge atomic.Pointer[float64]
	took  *histogram.Histogram // of a timer
}

func (o *one) Inc(n int64)               { o.count.Add(n) }
func (o *one) Update(value float64)      { o.gauge.Store(&value) }
func (o *one) Record(took time.Duration) { o.took.Observe(int64(took)) }

// get is the series of that name, kind and tags.
func (s *series) get(name string, kind prometheus.ValueType, tags map[string]string) *one {
	key := keyOf(kind, tags)
	s.mu.Lock()
	defer s.mu.Unlock()
	ofName := s.byName[name]
	if ofName == nil {
		ofName = map[string]*one{}
		s.byName[name] = ofName
	}
	o := ofName[key]
	if o == nil {
		o = &one{kind: kind, tags: tags, took: histogram.NewDurations()}
		ofName[key] = o
	}
	return o
}

func keyOf(kind prometheus.ValueType, tags map[string]string) string {
	var key strings.Builder
	fmt.Fprint(&key, kind)
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		fmt.Fprintf(&key, ",%q=%q", name, tags[name])
	}
	return key.String()
}
