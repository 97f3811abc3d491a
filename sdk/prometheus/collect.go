package prometheus

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Describe implements prometheus.Collector: what there will be is not known.
func (s *series) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *series) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	names := make(map[string][]*one, len(s.byName))
	for name, all := range s.byName {
		names[name] = slices.Collect(maps.Values(all))
	}
	s.mu.Unlock()
	for name, all := range names {
		labels := labelsOf(all)
		desc := prometheus.NewDesc(name, "A metric of a client or worker; docs/METRICS.md of Perdure says more.", labels, nil)
		for _, o := range all {
			values := make([]string, len(labels))
			for i, label := range labels {
				values[i] = strings.ToValidUTF8(o.tags[label], "?")
			}
			m, err := o.metric(desc, values)
			if err != nil {
				m = prometheus.NewInvalidMetric(desc, err)
			}
			to <- m
		}
	}
}

// labelsOf are the names of all tags, sorted.
func labelsOf(all []*one) []string {
	names := map[string]bool{}
	for _, o := range all {
		for name := range o.tags {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (o *one) metric(desc *prometheus.Desc, labels []string) (prometheus.Metric, error) {
	switch o.kind {
	case prometheus.CounterValue:
		return prometheus.NewConstMetric(desc, o.kind, float64(o.count.Load()), labels...)
	case prometheus.GaugeValue:
		value := 0.0
		if set := o.gauge.Load(); set != nil {
			value = *set
		}
		return prometheus.NewConstMetric(desc, o.kind, value, labels...)
	case prometheus.UntypedValue: // a timer
	}
	took := o.took.Read()
	buckets, below := make(map[float64]uint64, len(took.Bounds)), uint64(0)
	for i, bound := range took.Bounds {
		below += took.Counts[i]
		buckets[time.Duration(bound).Seconds()] = below
	}
	return prometheus.NewConstHistogram(desc, took.Count(), time.Duration(took.Sum).Seconds(), buckets, labels...)
}
