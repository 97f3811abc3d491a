package machine_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	protocolpb "go.temporal.io/api/protocol/v1"
	"google.golang.org/protobuf/proto"
)

var rewrite = flag.Bool("rewrite", false, "write what the scripts of testdata/script print into them")

// TestScripts runs the scripts of testdata/script. A script is commands, each with the
// output that it must have:
//
//	# what this shows
//	complete-task
//	  timer t1 10s
//	----
//	what the command prints, up to an empty line
//
// Each is run three times: as it is, and with the run restored from its
// rest, or evolved from its records, before each command. The check of
// check_test.go is made after each command.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, r := range []rebuilding{kept, restoredRun, evolvedRun} {
			t.Run(name+"/"+string(r), func(t *testing.T) { runScript(t, file, r) })
		}
	}
}

// rebuilding is what becomes of the run between two commands.
type rebuilding string

const (
	kept        rebuilding = "kept"
	restoredRun rebuilding = "restored"
	evolvedRun  rebuilding = "evolved"
)

func runScript(t *testing.T, file string, r rebuilding) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	steps := parseScript(string(text))
	s := newScript(newWorld())
	var out bytes.Buffer
	for _, step := range steps {
		require.NoErrorf(t, s.world.rebuild(r), "%s: %s", file, step.command.text)
		got := s.do(step.command)
		if err := s.world.check(); err != nil {
			got += fmt.Sprintf("FAULT %v\n", err)
		}
		assert.NotContainsf(t, got, "FAULT", "%s: %s", file, step.command.text)
		fmt.Fprintf(&out, "%s%s\n----\n%s\n", step.comment, step.command.text, got)
		if !*rewrite {
			require.Equalf(t, step.want, got, "%s: %s", file, step.command.text)
		}
	}
	if *rewrite && r == kept && !bytes.Equal(out.Bytes(), text) {
		require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
	}
}

// rebuild replaces the latest run by one made from what was persisted, unless it has
// soft state that the next command may speak of.
func (w *world) rebuild(r rebuilding) error {
	if w.run() == nil || w.run().Busy() || !w.run().Open() && w.called[w.run().RunID()] {
		return nil
	}
	switch r {
	case kept:
	case restoredRun:
		run, err := restore(w.run())
		if err != nil {
			return err
		}
		w.workflow.Run = run
	case evolvedRun:
		workflow, err := w.evolved()
		if err != nil {
			return err
		}
		w.workflow = workflow
	}
	w.run().Outstanding(w.now)
	w.run().Owed()
	w.run().OwedCalls()
	w.run().EndedUpdates()
	return nil
}

// step is a command of a script, with the comment before it and what it prints.
type step struct {
	comment string
	command command
	want    string
}

// command is a line of words and those indented below it.
type command struct {
	text  string
	words words
	below []words
}

// words are the name, the positional arguments and the key=value ones of a line.
type words struct {
	name  string
	args  []string
	named map[string]string
}

func (w words) arg(i int) string {
	if i < len(w.args) {
		return w.args[i]
	}
	return ""
}

func parseScript(text string) []step {
	var steps []step
	var comment strings.Builder
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		if line == "" || strings.HasPrefix(line, "#") {
			if i < len(lines)-1 {
				comment.WriteString(line + "\n")
			}
			i++
			continue
		}
		s := step{comment: comment.String()}
		comment.Reset()
		var told []string
		for i < len(lines) && lines[i] != "----" && lines[i] != "" {
			told = append(told, lines[i])
			i++
		}
		s.command = parseCommand(told)
		if i < len(lines) && lines[i] == "----" {
			i++
			for i < len(lines) && lines[i] != "" {
				s.want += lines[i] + "\n"
				i++
			}
		}
		i++
		steps = append(steps, s)
	}
	return steps
}

func parseCommand(lines []string) command {
	c := command{text: strings.Join(lines, "\n"), words: parseWords(lines[0])}
	for _, line := range lines[1:] {
		c.below = append(c.below, parseWords(line))
	}
	return c
}

// parseWords splits a line at spaces outside of double quotes, which it drops.
func parseWords(line string) words {
	w := words{named: map[string]string{}}
	var current strings.Builder
	quoted, key, begun := false, "", false
	end := func() {
		switch {
		case !begun:
		case key != "":
			w.named[key] = current.String()
		case w.name == "":
			w.name = current.String()
		default:
			w.args = append(w.args, current.String())
		}
		current.Reset()
		key, begun = "", false
	}
	for _, c := range line + " " {
		switch {
		case c == '"':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			end()
		case c == '=' && !quoted && key == "" && w.name != "":
			key, begun = current.String(), true
			current.Reset()
		default:
			current.WriteRune(c)
			begun = true
		}
	}
	return w
}

// script is the state of a script that runs.
type script struct {
	world *world
	// tokens are the task tokens that were given out, by the name they were given.
	tokens map[string][]byte
	// printed is how many events of each run were printed.
	printed map[string]int64
	let     map[taskKey]bool
	// messages are those of the completion that is made.
	messages []*protocolpb.Message
	// fill completes what a request of a worker or client says; see golden_test.go.
	fill func(proto.Message)
	out  strings.Builder
}

func newScript(w *world) *script {
	return &script{
		world: w, tokens: map[string][]byte{}, printed: map[string]int64{}, let: map[taskKey]bool{}, fill: func(proto.Message) {},
	}
}

// do runs a command and returns what it prints.
func (s *script) do(c command) string {
	s.out.Reset()
	verb, known := verbs[c.words.name]
	if !known {
		return "no such command: " + c.words.name + "\n"
	}
	before := map[taskKey]bool{}
	for key := range s.world.owed {
		before[key] = true
	}
	called := maps.Clone(s.world.calls)
	if err := verb(s, c); err != nil {
		s.printf("FAULT %v", err)
	}
	for _, w := range s.world.warnings {
		s.printf("warning: %s: %d, %d", w.What, w.Is, w.Limit)
	}
	s.world.warnings = nil
	s.printNewEvents()
	s.printQueued(before)
	s.printCalls(called)
	s.printEndedUpdates()
	return s.out.String()
}

func (s *script) printf(format string, args ...any) {
	fmt.Fprintf(&s.out, format+"\n", args...)
}

// printNewEvents prints the events that were written since the last command.
func (s *script) printNewEvents() {
	runs := s.world.runs()
	for _, run := range runs {
		events := eventsOf(run)
		behind := s.printed[run.RunID()]
		if int64(len(events)) == behind {
			continue
		}
		if len(runs) > 1 {
			s.printf("%s", run.RunID())
		}
		for _, event := range events[behind:] {
			s.printf("%s", printEvent(event, s.world.now))
		}
		s.printed[run.RunID()] = int64(len(events))
	}
}

func (s *script) printQueued(before map[taskKey]bool) {
	for _, key := range sortedKeys(s.world.owed) {
		task := s.world.owed[key]
		if before[key] || key.run != s.world.run().RunID() {
			continue
		}
		s.printf("queued on %s: %s task, event %d, attempt %d", task.TaskQueue, kindName(task.Type), task.ScheduledEventId, task.Attempt)
	}
}
