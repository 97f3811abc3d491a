package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inTestdata runs a vet command in a module whose packages the analyzer's own tests know.
func inTestdata(t *testing.T, args ...string) result {
	t.Helper()
	t.Chdir(filepath.Join("..", "..", "sdk", "determinism", "testdata"))
	return perdure(t.Context(), "", append([]string{"vet"}, args...)...)
}

func TestVetSaysWhatItFinds(t *testing.T) {
	got := inTestdata(t, "./prices")
	require.Equal(t, exitFailure, got.code)
	require.Empty(t, got.err)
	require.Equal(t, "prices/prices.go:38:9: time.Now reads the worker's clock, which a replay finds changed: use workflow.Now "+
		"(workflow code: Hour) [clock]\n", filepath.ToSlash(got.out))
}

func TestVetSaysWhichCallsLeadThere(t *testing.T) {
	got := inTestdata(t, "./activities", "--output", "jsonl")
	require.Equal(t, exitFailure, got.code)
	var one found
	require.NoError(t, json.Unmarshal([]byte(got.out), &one), "one line: %s", got.out)
	require.Equal(t, "clock", one.Kind)
	require.Contains(t, one.Message, "direct → Plain")
	require.Len(t, one.Calls, 1)
	require.Equal(t, "direct calls Plain", one.Calls[0].Message)
	require.Equal(t, one.File, one.Calls[0].File)
	require.Greater(t, one.Calls[0].Line, one.Line)
}

func TestVetFindsNothing(t *testing.T) {
	for _, output := range []struct{ name, want string }{{outputText, ""}, {outputJSON, "[]\n"}, {outputLines, ""}} {
		t.Run(output.name, func(t *testing.T) {
			require.Equal(t, result{out: output.want}, inTestdata(t, "./fine", "-o", output.name))
		})
	}
}

func TestVetWithoutTests(t *testing.T) {
	require.Contains(t, inTestdata(t, "./globals").out, "globals_test.go")
	got := perdure(t.Context(), "", "vet", "./globals", "--skip-tests")
	require.Equal(t, exitFailure, got.code)
	require.NotContains(t, got.out, "globals_test.go")
}

func TestVetOfWhatIsNotThere(t *testing.T) {
	got := inTestdata(t, "./nowhere")
	require.Equal(t, exitUsage, got.code)
	require.Empty(t, got.out)
	require.Contains(t, got.err, "the go command could not look at the packages")
	require.Contains(t, got.err, "nowhere")
}

func TestVetOfWhatDoesNotCompile(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("go.mod", []byte("module example.com/broken\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile("broken.go", []byte("package broken\n\nvar x int = \"no number\"\n"), 0o600))
	got := perdure(t.Context(), "", "vet", "-o", "json")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "broken.go:3:13")
	require.Equal(t, "[]\n", got.out)
}

func TestVetWithoutTheGoCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	got := perdure(t.Context(), "", "vet")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, "PATH")
}

func TestTheGoCommandAsksTheVetTool(t *testing.T) {
	for line, want := range map[string]bool{
		"-V=full": true, "-flags": true, "-json /tmp/vet.cfg": true, "vet.cfg": true,
		"": false, "vet": false, "vet ./...": false, "--help": false, "workflow start --input in.cfg": false, "-json": false,
	} {
		require.Equal(t, want, isVetTool(strings.Fields(line)), line)
	}
}

func TestWhatGoVetSaysIsReadWithCare(t *testing.T) {
	all, err := readFound(strings.NewReader(`{} {"p": {}} {"p": {"determinism": []}} {"p": {"other": 1}}`), "/")
	require.NoError(t, err)
	require.Empty(t, all)
	for said, want := range map[string]string{
		`# p`:                       "reading what go vet says",
		`{"p": {"determinism": 1}}`: "reading what go vet says",
		`{"p": {"determinism": {"error": "no p"}}}`: "no p",
	} {
		_, err := readFound(strings.NewReader(said), "/")
		require.ErrorContains(t, err, want)
	}
}

func TestPlaces(t *testing.T) {
	for position, want := range map[string]spot{
		"/work/a/b.go:3:4":    {File: filepath.Join("a", "b.go"), Line: 3, Column: 4},
		"/elsewhere/b.go:3:4": {File: "/elsewhere/b.go", Line: 3, Column: 4},
		"b.go":                {File: "b.go"},
	} {
		require.Equal(t, want, spotOf(position, "/work"))
	}
}
