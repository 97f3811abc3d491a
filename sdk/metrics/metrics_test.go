package metrics_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/metrics"
)

var documentedLine = regexp.MustCompile("^\\| `(temporal_[a-z_]+)` \\| (\\w+) \\| ([^|]*) \\| .+ \\|$")

// What is documented is what there is, as package prometheus names it.
func TestEveryMetricIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/METRICS.md")
	require.NoError(t, err)
	var documented []metrics.Description
	for line := range strings.Lines(string(text)) {
		if m := documentedLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			kind, ending := metrics.Kind(m[2]), map[string]string{"counter": "_total", "histogram": "_seconds"}[m[2]]
			require.True(t, strings.HasSuffix(m[1], ending), m[1])
			if kind == "histogram" {
				kind = metrics.TimerKind
			}
			documented = append(documented, metrics.Description{Name: strings.TrimSuffix(m[1], ending), Kind: kind, Tags: strings.Split(m[3], ", ")})
		}
	}
	require.Equal(t, metrics.Descriptions(), documented)
}

func TestDescriptionsAreTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for _, d := range metrics.Descriptions() {
		require.False(t, names[d.Name], d.Name)
		names[d.Name] = true
		sorted := slices.Clone(d.Tags)
		slices.Sort(sorted)
		require.Len(t, slices.Compact(sorted), len(d.Tags), d.Name)
	}
}

// noted is a handler that notes.
type noted struct{ all *[]string }

func (n noted) WithTags(tags map[string]string) metrics.Handler {
	for name, value := range tags {
		*n.all = append(*n.all, name+"="+value)
	}
	return n
}

func (n noted) Counter(name string) metrics.Counter { return note{n, name} }
func (n noted) Gauge(name string) metrics.Gauge     { return note{n, name} }
func (n noted) Timer(name string) metrics.Timer     { return note{n, name} }

type note struct {
	noted
	name string
}

func (n note) Inc(int64)            { *n.all = append(*n.all, n.name) }
func (n note) Update(float64)       { *n.all = append(*n.all, n.name) }
func (n note) Record(time.Duration) { *n.all = append(*n.all, n.name) }

func TestAHandlerThatKeepsStill(t *testing.T) {
	var all []string
	still := true
	h := metrics.Unless(func() bool { return still }, noted{&all}).WithTags(map[string]string{"k": "v"})
	tell := func() {
		h.Counter("c").Inc(1)
		h.Gauge("g").Update(1)
		h.Timer("t").Record(1)
	}
	tell()
	require.Equal(t, []string{"k=v"}, all)
	still = false
	tell()
	require.Equal(t, []string{"k=v", "c", "g", "t"}, all)
	metrics.Nop.WithTags(nil).Counter("").Inc(1)
	metrics.Nop.Gauge("").Update(1)
	metrics.Nop.Timer("").Record(1)
}
