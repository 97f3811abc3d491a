package machine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
)

// TestGolden plays the scripts of testdata/golden and compares the histories with
// those that Temporal Server 1.32 wrote in the same scenario: each event, in its
// place, with every attribute that is not scrubbed.
//
// A script says what happens; what a client or worker hands over and the
// server only keeps (payloads, headers, memo, failures of user code, metadata) is taken
// from the recording. Nothing that a server derives is.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, r := range []rebuilding{kept, restoredRun, evolvedRun} {
			t.Run(name+"/"+string(r), func(t *testing.T) { playGolden(t, file, r) })
		}
	}
}

func playGolden(t *testing.T, file string, r rebuilding) {
	t.Helper()
	g := readRecording(t, file)
	script, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".txt")
	require.NoError(t, err)
	w := newWorld()
	w.workflow.ID, w.shadow.ID = g.Histories[0].WorkflowID, g.Histories[0].WorkflowID
	s := newScript(w)
	s.fill = func(q proto.Message) { g.fill(w, q) }
	for _, step := range parseScript(string(script)) {
		require.NoErrorf(t, w.rebuild(r), "%s", step.command.text)
		out := s.do(step.command)
		require.NotContainsf(t, out, "FAULT", "%s", step.command.text)
		require.NoErrorf(t, w.check(), "%s", step.command.text)
		requireRefusals(t, step, out)
	}
	require.Len(t, w.runs(), len(g.Histories), "runs")
	for i, run := range w.runs() {
		want := g.Histories[i]
		require.Equal(t, want.RunID, run.RunID())
		events := eventsOf(run)
		for j := range max(len(events), len(want.Events)) {
			var wantEvent, gotEvent recordedEvent
			if j < len(want.Events) {
				wantEvent = want.Events[j]
			}
			if j < len(events) {
				gotEvent, err = scrubbed(events[j])
				require.NoError(t, err)
			}
			require.Equal(t, indented(t, wantEvent), indented(t, gotEvent), "%s event %d", run.RunID(), j+1)
		}
	}
}

// requireRefusals compares the lines of a step that tell of errors with those it wants.
func requireRefusals(t *testing.T, s step, out string) {
	t.Helper()
	var got string
	for line := range strings.Lines(out) {
		code, _, found := strings.Cut(line, ":")
		if found && code == strings.ToUpper(code) && !strings.HasPrefix(line, " ") {
			got += line
		}
	}
	require.Equal(t, s.want, got, s.command.text)
}

// recording is a file of testdata/golden.
type recording struct {
	Scenario  string            `json:"scenario"`
	Histories []recordedHistory `json:"histories"`
}

type recordedHistory struct {
	WorkflowID string          `json:"workflow_id"`
	RunID      string          `json:"run_id"`
	Events     []recordedEvent `json:"events"`

	decoded []*historypb.HistoryEvent
}

type recordedEvent struct {
	ID           int64          `json:"event_id"`
	Type         string         `json:"event_type"`
	Attributes   map[string]any `json:"attributes"`
	UserMetadata any            `json:"user_metadata,omitempty"`
}

func readRecording(t *testing.T, file string) *recording {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	g := &recording{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(g), file)
	require.NotEmpty(t, g.Histories, file)
	return g
}

func indented(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(v), fmt.Sprint(v))
	return b.String()
}
