package workflowtest

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/perdure/perdure/sdk/workflow"
)

// play is what happens to the workflows of a recording, besides what they do to each other.
type play struct {
	runs   []string                // the recordings, the first is of the workflow that is executed
	with   workflow.Implementation // what is there before, without a recording
	before func(t *testing.T, env *Environment)
	at     func(t *testing.T, env *Environment) // after half a second
	later  func(t *testing.T, env *Environment) // after a second
}

var declaredTarget = workflow.Declare[none, string]("Target")

// The workflows of recordings of Temporal 1.32 leave the same events as there, in the same order.
func TestWorkflowsThatCallEachOtherLeaveTheEventsOfTheServer(t *testing.T) {
	toChild := func(act func(t *testing.T, child *Environment)) func(*testing.T, *Environment) {
		return func(t *testing.T, env *Environment) { act(t, other(t, env)) }
	}
	sendGo := func(value string) func(t *testing.T, env *Environment) {
		return func(t *testing.T, env *Environment) { require.NoError(t, Signal(env, goSignal, value)) }
	}
	beside := func(w workflow.Workflow[none, string], signals ...string) func(*testing.T, *Environment) {
		return func(t *testing.T, env *Environment) {
			started, err := Start(env, otherID(t), w, none{})
			require.NoError(t, err)
			for _, s := range signals {
				require.NoError(t, Signal(started, goSignal, s))
			}
		}
	}
	two := func(name string) []string { return []string{name + "-1", name + "-2"} }
	for name, p := range map[string]play{
		"child-completed":             {runs: two("child-completed"), at: toChild(sendGo("from the child"))},
		"child-canceled-from-outside": {runs: two("child-canceled-from-outside"), at: toChild(func(_ *testing.T, child *Environment) { child.Cancel() })},
		"child-terminated":            {runs: two("child-terminated"), at: toChild(func(_ *testing.T, child *Environment) { child.Terminate("by the test") })},
		"child-timed-out":             {runs: two("child-timed-out")},
		"child-continued-as-new": {
			runs: []string{"child-continued-as-new-1", "child-continued-as-new-2", "child-continued-as-new-3"}, at: toChild(sendGo("")),
		},
		"child-id-conflict":            {runs: two("child-id-conflict"), before: beside(declaredChild), at: toChild(sendGo(""))},
		"child-id-reuse-rejected":      {runs: []string{"child-id-reuse-rejected"}, with: childWaiting(waitForGo), before: beside(declaredChild, "")},
		"child-close-policy-terminate": {runs: two("child-close-policy-terminate"), at: sendGo("parent is done")},
		"child-close-policy-abandon":   {runs: two("child-close-policy-abandon"), at: sendGo("parent is done"), later: toChild(sendGo("the child went on"))},
		"child-canceled-by-parent": {
			runs: two("child-canceled-by-parent"), later: toChild(sendGo("")),
			at: func(t *testing.T, env *Environment) { require.NoError(t, Signal(env, cancel, "")) },
		},
		"external-signal":           {runs: two("external-signal"), before: beside(declaredTarget)},
		"external-closed-target":    {runs: []string{"external-closed-target-1"}, with: target, before: beside(declaredTarget, "")},
		"external-cancel-not-found": {runs: []string{"external-cancel-not-found"}},
		"external-signal-self":      {runs: []string{"external-signal-self"}},
	} {
		t.Run(name, func(t *testing.T) {
			impls := []workflow.Implementation{goldenWorkflows[p.runs[0]]}
			switch {
			case len(p.runs) > 1:
				impls = append(impls, goldenWorkflows[p.runs[1]])
			case p.with != nil:
				impls = append(impls, p.with)
			}
			env := New(t, Options{}, impls...)
			for after, act := range map[time.Duration]func(*testing.T, *Environment){time.Second / 2: p.at, time.Second: p.later} {
				if act != nil {
					env.After(after, func() { act(t, env) })
				}
			}
			if p.before != nil {
				p.before(t, env)
			}
			_, err := Execute(env, workflow.Declare[none, string](impls[0].Name()), none{})
			for _, unexpected := range []error{ErrBlocked, ErrNonDeterministic} {
				require.NotErrorIs(t, err, unexpected)
			}
			got := histories(env)
			for i, run := range p.runs {
				want, events := recorded(t, run), scrubbed(t, got[i].GetEvents())
				for n, event := range events[:min(len(events), len(want))] {
					require.Equal(t, want[n], event, "run %d", i+1)
				}
				require.Len(t, events, len(want), "run %d", i+1)
			}
		})
	}
}

// histories are those of all runs, that of the executed workflow first.
func histories(env *Environment) []*historypb.History {
	all := []*historypb.History{env.History()}
	for _, run := range env.world.runs {
		if run != env {
			all = append(all, run.History())
		}
	}
	return all
}

func otherID(t *testing.T) string {
	t.Helper()
	_, name, _ := strings.Cut(t.Name(), "/")
	if strings.HasPrefix(name, "external-") {
		return name + "-target"
	}
	return name + "-child"
}

func other(t *testing.T, env *Environment) *Environment {
	t.Helper()
	child, err := env.Workflow(otherID(t))
	require.NoError(t, err)
	return child
}

func recorded(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/golden/" + name + ".json")
	require.NoError(t, err)
	h, err := ReadHistory(data)
	require.NoError(t, err)
	return scrubbed(t, h.GetEvents())
}

var (
	runIDs   = regexp.MustCompile(`00000000-0000-4000-8000-\d{11}(\d)`)
	ids      = regexp.MustCompile(`"[a-z-]+-(parent|sender|wf)"|"` + workflowID + `"`)
	noMatter = map[string]bool{
		"eventTime": true, "taskId": true, "version": true, "taskQueue": true, "header": true, "input": true, "control": true, "namespace": true,
		"parentWorkflowNamespace": true, "details": true, "source": true, "stackTrace": true, "identity": true, "result": true, "memo": true, "requestId": true,
	}
)

// scrubbed are events without what differs from run to run: names, times, inputs and results.
func scrubbed(t *testing.T, events []*historypb.HistoryEvent) []string {
	t.Helper()
	var lines []string
	for _, event := range events {
		if strings.Contains(event.GetEventType().String(), "WorkflowTask") {
			lines = append(lines, fmt.Sprintf("%d %s", event.GetEventId(), event.GetEventType()))
			continue
		}
		text, err := protojson.Marshal(event)
		require.NoError(t, err)
		var fields map[string]any
		require.NoError(t, json.Unmarshal(text, &fields))
		scrub(fields)
		text, err = json.Marshal(fields)
		require.NoError(t, err)
		text = runIDs.ReplaceAllFunc(text, func(id []byte) []byte { return fmt.Appendf(nil, "run-%d", id[len(id)-1]-'0'+1) })
		lines = append(lines, string(ids.ReplaceAll(text, []byte(`"caller"`))))
	}
	return lines
}

func scrub(fields map[string]any) {
	for name, value := range fields {
		inner, ok := value.(map[string]any)
		switch {
		case noMatter[name]:
			delete(fields, name)
		case ok:
			scrub(inner)
		}
	}
}
