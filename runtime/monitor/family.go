package monitor

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/perdure/perdure/internal/histogram"
)

// family is a metric with all its labels. It is read where its values are, when it is asked for.
type family struct {
	name string
	kind prometheus.ValueType
	desc *prometheus.Desc
}

// families are all there are.
var families []*family

func newFamily(kind prometheus.ValueType, name, help string, labels []string) *family {
	f := &family{name: name, kind: kind, desc: prometheus.NewDesc(name, help, labels, nil)}
	families = append(families, f)
	return f
}

func counter(name, help string, labels ...string) *family {
	return newFamily(prometheus.CounterValue, name, help, labels)
}

func gauge(name, help string, labels ...string) *family {
	return newFamily(prometheus.GaugeValue, name, help, labels)
}

// distribution is a histogram.
func distribution(name, help string, labels ...string) *family {
	return newFamily(prometheus.UntypedValue, name, help, labels)
}

// sink takes values.
type sink chan<- prometheus.Metric

func (to sink) put(f *family, value float64, labels ...string) {
	m, err := prometheus.NewConstMetric(f.desc, f.kind, value, valid(labels)...)
	if err != nil {
		m = prometheus.NewInvalidMetric(f.desc, err)
	}
	to <- m
}

// putAll takes a histogram, of which a value of one unit of the snapshot is worth so much.
func (to sink) putAll(f *family, all histogram.Snapshot, unit float64, labels ...string) {
	buckets, below := make(map[float64]uint64, len(all.Bounds)), uint64(0)
	for i, bound := range all.Bounds {
		below += all.Counts[i]
		buckets[float64(bound)*unit] = below
	}
	m, err := prometheus.NewConstHistogram(f.desc, all.Count(), float64(all.Sum)*unit, buckets, valid(labels)...)
	if err != nil {
		m = prometheus.NewInvalidMetric(f.desc, err)
	}
	to <- m
}

// nanoseconds is what a value in nanoseconds is worth in seconds.
const nanoseconds = float64(1) / float64(time.Second)

// valid are labels that a scrape takes.
func valid(labels []string) []string {
	for i, label := range labels {
		labels[i] = strings.ToValidUTF8(label, "?")
	}
	return labels
}
