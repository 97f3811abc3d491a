package machine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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
//
// NAME.txt plays the recording's first workflow. Where there is another one, NAME.other.txt plays
// that, and each of the two is told by its script what the other says to it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, r := range []rebuilding{kept, restoredRun, evolvedRun} {
			t.Run(name+"/"+string(r), func(t *testing.T) {
				first, other := readRecording(t, file).split()
				playGolden(t, first, strings.TrimSuffix(file, ".json")+".txt", r)
				if other != nil {
					playGolden(t, other, strings.TrimSuffix(file, ".json")+".other.txt", r)
				}
			})
		}
	}
}

func playGolden(t *testing.T, g *recording, file string, r rebuilding) {
	t.Helper()
	script, err := os.ReadFile(file)
	require.NoError(t, err)
	w := newWorld()
	w.workflow.ID, w.shadow.ID = g.Histories[0].WorkflowID, g.Histories[0].WorkflowID
	w.firstRun = g.firstRun(t)
	s := newScript(w)
	s.fill = func(q proto.Message) { g.fill(w, q) }
	for _, step := range parseScript(string(script)) {
		require.NoErrorf(t, w.rebuild(r), "%s", step.command.text)
		out := s.do(step.command)
		require.NotContainsf(t, out, "FAULT", "%s", step.command.text)
		require.NoErrorf(t, w.check(), "%s", step.command.text)
		requireRefusals(t, step, out)
	}
	require.Lenf(t, w.runs(), len(g.Histories), "runs of %s", file)
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

	// other is the id of the workflow that this one calls, or is called by.
	other string
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

// split is the recording of each of its workflows; other is nil where there is one alone.
func (g *recording) split() (first, other *recording) {
	first, other = &recording{Scenario: g.Scenario}, &recording{Scenario: g.Scenario, other: g.Histories[0].WorkflowID}
	for _, h := range g.Histories {
		if h.WorkflowID == other.other {
			first.Histories = append(first.Histories, h)
		} else {
			first.other = h.WorkflowID
			other.Histories = append(other.Histories, h)
		}
	}
	if len(other.Histories) == 0 {
		return first, nil
	}
	return first, other
}

// firstRun is the number of the workflow's first run: runs are numbered through a recording.
func (g *recording) firstRun(t *testing.T) int {
	t.Helper()
	number, err := strconv.Atoi(strings.TrimPrefix(g.Histories[0].RunID, "run-"))
	require.NoError(t, err)
	return number
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
