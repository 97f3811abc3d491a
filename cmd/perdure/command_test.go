package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// walk calls see for a command and all below it, but for what cobra brings along.
func walk(c *cobra.Command, see func(*cobra.Command)) {
	see(c)
	for _, below := range c.Commands() {
		if name := below.Name(); name != "help" && name != "completion" {
			walk(below, see)
		}
	}
}

func TestEachCommandIsExplained(t *testing.T) {
	root, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	walk(root, func(c *cobra.Command) {
		require.NotEmpty(t, c.Short, c.CommandPath())
		if !c.HasSubCommands() {
			require.Contains(t, c.Example, "  "+c.CommandPath(), "an example of %s", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			require.True(t, strings.HasPrefix(line, "  perdure "), "%s: %s", c.CommandPath(), line)
		}
	})
}

// Pages fit a terminal, but for examples, which are not broken.
func TestHelpFitsATerminal(t *testing.T) {
	root, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	walk(root, func(c *cobra.Command) {
		r := perdure(t.Context(), "", append(strings.Fields(c.CommandPath())[1:], "--help")...)
		require.Equal(t, exitOK, r.code, r.err)
		page := strings.Replace(r.out, c.Example, "", 1)
		for line := range strings.Lines(page) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), helpWidth, "%s: %s", c.CommandPath(), line)
		}
	})
}

// understand parses a line as a shell and the command that it names do.
func understand(t *testing.T, line string) {
	t.Helper()
	words := splitWords(strings.TrimSpace(line))
	root, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	found, rest, err := root.Find(words[1:])
	require.NoError(t, err, line)
	require.NoError(t, found.ParseFlags(rest), line)
	require.NoError(t, found.ValidateArgs(found.Flags().Args()), line)
}

func TestExamplesAreUnderstood(t *testing.T) {
	root, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	walk(root, func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			understand(t, line)
		}
	})
}

// So is what documents show as a command line.
func TestDocumentsAreUnderstood(t *testing.T) {
	lines := 0
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/guide/*.md", "examples/*/README.md"} {
		pages, err := filepath.Glob("../../" + pattern)
		require.NoError(t, err)
		for _, page := range pages {
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			for line := range strings.Lines(string(text)) {
				line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
				if strings.HasPrefix(line, "perdure ") || strings.HasPrefix(line, ".bin/perdure ") {
					understand(t, line)
					lines++
				}
			}
		}
	}
	require.Greater(t, lines, 50)
}

// quoted is what a help page says of a command in its text.
var quoted = regexp.MustCompile("`([^`\n]*)`")

// Each page reads as it was written: pflag takes the first words in back quotes of a flag's usage for its value's name.
func TestHelpPagesHaveNoGlitches(t *testing.T) {
	root, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	walk(root, func(c *cobra.Command) {
		c.Flags().VisitAll(func(flag *pflag.Flag) {
			require.NotContains(t, flag.Usage, "`", "%s --%s", c.CommandPath(), flag.Name)
			require.NotEmpty(t, flag.Usage, "%s --%s", c.CommandPath(), flag.Name)
		})
		page := perdure(t.Context(), "", append(strings.Fields(c.CommandPath())[1:], "--help")...).out
		for line := range strings.Lines(page) {
			for _, glitch := range []string{"%!", "\t", "Unspecified", "\ufffd", "[]", "(default )"} {
				require.NotContains(t, line, glitch, c.CommandPath())
			}
			require.LessOrEqual(t, strings.Count(line, "(default"), 1, "%s: %s", c.CommandPath(), line)
		}
		require.Zero(t, strings.Count(page, "`")%2, "%s: a quote stays open", c.CommandPath())
		for _, said := range quoted.FindAllStringSubmatch(strings.Join(strings.Fields(page), " "), -1) { // over the ends of lines, too
			words, isCommand := strings.CutPrefix(said[1], "perdure ")
			if !isCommand {
				continue
			}
			fresh, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
			found, rest, err := fresh.Find(splitWords(words))
			require.NoError(t, err, said[0])
			require.NoError(t, found.ParseFlags(rest), said[0])
		}
	})
}

// splitWords splits a command line as a shell does, with quotes but without escapes, up to a pipe or a redirection.
func splitWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	for _, c := range line + " " {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && (c == '|' || c == '>'):
			return words
		case quote == 0 && c == ' ':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		default:
			word.WriteRune(c)
		}
	}
	return words
}

func TestWhatIsSaidToBeElsewhereIsNotHere(t *testing.T) {
	root, _ := newRoot(streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	walk(root, func(c *cobra.Command) { require.NotContains(t, elsewhere, c.CommandPath()) })
}

// Whatever is refused, and wherever, the answer is one line of JSON on the standard error, if JSON was asked for.
func TestEachErrorIsJSON(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "w", "-i", `"a"`)
	for code, lines := range map[int][]string{
		exitFailure: {
			"activity complete -w w -a none", "activity fail -w w -a none", "activity pause -w w -a none", "activity unpause -w w -a none",
			"activity reset -w w -a none", "activity update-options -w w -a none --heartbeat-timeout 1s",
			"workflow update execute -w none --name replace", "workflow update start -w none --name replace",
			"workflow update-with-start --type Greet -t q -w w --update-name replace --id-conflict-policy Fail",
			"workflow update describe -w w --update-id none", "workflow update result -w w --update-id none",
			"workflow reset -w none --event-id 4 --reason r", "workflow reset -w w --event-id 99 --reason r",
			"workflow stack -w none", "workflow metadata -w none", "workflow pause -w none", "workflow unpause -w w",
			"workflow start --type Greet -t q -w w", "workflow signal-with-start --type Greet -t q -w w --signal-name s --id-conflict-policy Fail",
			"workflow start --type Greet -t q --cron never", "namespace create shop --limit none=1",
		},
		exitUsage: {
			"activity pause -w w", "activity complete -w w -a a --result {", "workflow update execute -w w", "workflow update-with-start --type Greet -t q -w w --update-name u --update-input {", "workflow reset -w w --reason <r>",
			"workflow reset -w w --type Middle --reason r", "workflow signal-with-start --type Greet -t q -w w --signal-name s --signal-input {",
			"workflow stack", "vet ./nowhere --tags=none", "workflow trace", "activity describe",
		},
	} {
		for _, line := range lines {
			t.Run(line, func(t *testing.T) {
				for _, output := range []string{outputJSON, outputLines} {
					r := perdure(t.Context(), "", append(strings.Fields(line), "-o", output, "--nats-url", url)...)
					require.Equal(t, code, r.code, r.err)
					var said struct{ Error, Code string }
					require.NoError(t, json.Unmarshal([]byte(r.err), &said), r.err)
					require.NotEmpty(t, said.Error)
					require.NotEmpty(t, said.Code)
					require.Equal(t, 1, strings.Count(r.err, "\n"), r.err)
					require.True(t, r.out == "" || json.Valid([]byte(r.out)), r.out)
				}
			})
		}
	}
}

func TestErrorsAreJSONWhereTheEnvironmentSaysSo(t *testing.T) {
	t.Setenv("PERDURE_OUTPUT", "json")
	r := perdure(t.Context(), "", "workflow", "show", "--no-such-flag")
	require.True(t, json.Valid([]byte(r.err)), r.err)
	r = perdure(t.Context(), "", "workflow", "show", "--no-such-flag", "-o", "text")
	require.Contains(t, r.err, "Error: ")
}

func TestAnErrorNamesTheFlagThatWasGiven(t *testing.T) {
	start := []string{"workflow", "signal-with-start", "--type", "T", "-t", "q", "-w", "w", "--signal-name", "s"}
	r := perdure(t.Context(), "", append(start, "--signal-input", "{")...)
	require.Contains(t, r.err, "--signal-input {: not JSON")
	r = perdure(t.Context(), "", append(start, "--signal-input", "1", "--signal-input-file", "f")...)
	require.Contains(t, r.err, "both --signal-input and --signal-input-file")
}
