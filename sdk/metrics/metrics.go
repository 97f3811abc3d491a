// Package metrics is how clients and workers tell what they do: they make counters, gauges and timers by a [Handler], which is set with
// client.Options. Package prometheus has one.
//
// Names and tags are those of Temporal's SDKs where these have the metric, and docs/METRICS.md of the project lists all of them. An application's own may be made
// by the same handler: in workflows and activities by GetMetricsHandler of packages workflow and activity, of which the first
// keeps still while a workflow is replayed.
package metrics

import "time"

// Handler makes metrics. It is safe for concurrent use, and gives the same metric to whoever asks for the same name with the same tags. All
// metrics of a name are of one kind.
type Handler interface {
	// WithTags is a handler whose metrics have these tags, besides its own. Tags should have few values: each combination is kept.
	WithTags(tags map[string]string) Handler
	// Counter counts events.
	Counter(name string) Counter
	// Gauge is a value that goes up and down.
	Gauge(name string) Gauge
	// Timer measures durations.
	Timer(name string) Timer
}

// Counter counts events.
type Counter interface{ Inc(n int64) }

// Gauge is a value that goes up and down.
type Gauge interface{ Update(value float64) }

// Timer measures durations.
type Timer interface{ Record(took time.Duration) }

// Nop is a handler whose metrics go nowhere.
var Nop Handler = nop{}

type nop struct{}

func (nop) WithTags(map[string]string) Handler { return nop{} }
func (nop) Counter(string) Counter             { return nop{} }
func (nop) Gauge(string) Gauge                 { return nop{} }
func (nop) Timer(string) Timer                 { return nop{} }
func (nop) Inc(int64)                          {}
func (nop) Update(float64)                     {}
func (nop) Record(time.Duration)               {}
