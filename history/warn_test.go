package history

import (
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/internal/logtest"
)

// A history that grows is told of once, and ends where it may grow no more.
func TestLimits(t *testing.T) {
	var lines logtest.Lines
	p := newPlace(t, func(c *Config) { c.Logger = zerolog.New(&lines) })
	d := p.drive(t)
	d.must(start("a"))
	p.limit(t, map[string]string{"limit.historyCount.warn": "4", "limit.historyCount.error": "10"})
	for range 8 {
		d.must(signal("a", "s"))
	}
	require.Equal(t, 1, lines.Count("exceed", `"workflow":"a"`, `"is":5`, `"limit":4`), lines.String())
	_, err := d.outcome(d.decide(signal("a", "s"))[0])
	require.ErrorAs(t, err, new(*serviceerror.InvalidArgument))
	require.EqualError(t, err, "Workflow history count exceeds limit.")
	events := d.events("a")
	require.Len(t, events, 11)
	require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, events[10].EventType)
	require.Equal(t, "history-service", events[10].GetWorkflowExecutionTerminatedEventAttributes().Identity)
}
