package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpdatesOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "g", "-i", `"he"`)
	replace := []string{"workflow", "update", "execute", "-w", "g", "--name", "replace", "--update-id", "first", "-i"}
	for _, with := range []string{`"she"`, `"again"`} {
		out := ok(t, url, append(replace, with)...)
		require.Regexp(t, `Update +first\n`, out)
		require.Regexp(t, `Name +replace\n`, out)
		require.Regexp(t, `Stage +Completed\n`, out)
		require.Regexp(t, `Result +"he"\n`, out)
	}
	require.Equal(t, "\"she\"\n", ok(t, url, "workflow", "query", "-w", "g", "--name", "current"))

	rejected := perdure(t.Context(), "", "workflow", "update", "start", "-w", "g", "--name", "replace", "-i", `""`, "--nats-url", url)
	require.Equal(t, exitFailure, rejected.code)
	require.Regexp(t, `Failure +.*nothing to put there`, rejected.out)
	require.Empty(t, rejected.err)

	out := ok(t, url, "workflow", "update", "start", "-w", "g", "--name", "longer", "--update-id", "long", "-i", "5")
	require.Regexp(t, `Stage +Accepted\n`, out)
	require.NotContains(t, out, "Result")
	require.Regexp(t, `Stage +Accepted\n`, ok(t, url, "workflow", "update", "describe", "-w", "g", "--update-id", "long"))
	result := make(chan string)
	go func() {
		result <- perdure(t.Context(), "", "workflow", "update", "result", "-w", "g", "--update-id", "long", "-o", "json", "--nats-url", url).out
	}()
	ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "-i", `"llo there"`)
	var answer struct {
		UpdateID, Stage string
		Result          int
	}
	require.NoError(t, json.Unmarshal([]byte(<-result), &answer))
	require.Equal(t, len("shello there"), answer.Result)
	require.Equal(t, "long", answer.UpdateID)

	unknown := perdure(t.Context(), "", "workflow", "update", "result", "-w", "g", "--update-id", "none", "--nats-url", url)
	require.Equal(t, exitFailure, unknown.code)
	require.Contains(t, unknown.err, `update "none" not found`)
	ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "-i", `"."`)
	ok(t, url, "workflow", "result", "-w", "g")
	closed := perdure(t.Context(), "", "workflow", "update", "execute", "-w", "g", "--name", "replace", "-i", `"x"`, "--nats-url", url)
	require.Equal(t, exitFailure, closed.code)
	require.Contains(t, closed.err, "already completed")
}

func TestUpdateWithStartOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	command := []string{"workflow", "update-with-start", "--type", "Greet", "-t", "q", "-w", "g", "-i", `"he"`, "--update-name", "replace"}
	out := ok(t, url, append(command, "--update-id", "first", "--update-input", `"she"`)...)
	require.Regexp(t, `Workflow +g\n`, out)
	require.Regexp(t, `Update +first\n`, out)
	require.Regexp(t, `Stage +Completed\n`, out)
	require.Regexp(t, `Result +"he"\n`, out)
	require.NotContains(t, out, "Started")
	require.Regexp(t, `Started +no: it was running already\n`, ok(t, url, append(command, "--update-input", `"they"`)...))
	require.Equal(t, "\"they\"\n", ok(t, url, "workflow", "query", "-w", "g", "--name", "current"))

	var answer struct {
		UpdateID, Stage string
		Started         *bool
	}
	longer := []string{"workflow", "update-with-start", "--type", "Greet", "-t", "q", "-w", "g", "--update-name", "longer", "--update-input", "9", "--wait-for-stage", "Accepted", "-o", "json"}
	require.NoError(t, json.Unmarshal([]byte(ok(t, url, longer...)), &answer))
	require.Equal(t, "Accepted", answer.Stage)
	require.False(t, *answer.Started)
	ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "-i", `"llo there"`)
	require.Regexp(t, `Result +\d+\n`, ok(t, url, "workflow", "update", "result", "-w", "g", "--update-id", answer.UpdateID))

	rejected := perdure(t.Context(), "", append(command, "--update-input", `""`, "--nats-url", url)...)
	require.Equal(t, exitFailure, rejected.code)
	require.Regexp(t, `Failure +.*nothing to put there`, rejected.out)
	taken := perdure(t.Context(), "", append(command, "--update-input", `"x"`, "--id-conflict-policy", "Fail", "--nats-url", url)...)
	require.Equal(t, exitFailure, taken.code)
	require.Contains(t, taken.err, "already", "the error is that of the start, and not that two operations failed")
}

func TestSignalWithStartOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	command := []string{"workflow", "signal-with-start", "--type", "Greet", "-t", "q", "-w", "g", "-i", `"he"`, "--signal-name", "letters", "--signal-input"}
	require.NotContains(t, ok(t, url, append(command, `"llo"`)...), "running already")
	require.Contains(t, ok(t, url, append(command, `"."`)...), "it was running already")
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "g"), `Result    "hello"`)
}

func TestResetOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "g", "-i", `"he"`)
	ok(t, url, "workflow", "query", "-w", "g", "--name", "current") // behind its first task, before any signal
	for _, letters := range []string{`"llo"`, `"."`} {
		ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "-i", letters)
	}
	ok(t, url, "workflow", "result", "-w", "g")
	out := ok(t, url, "workflow", "reset", "-w", "g", "--type", "FirstWorkflowTask", "--reason", "once more")
	require.Regexp(t, `^Workflow g: reset to event 4 of run \S+; run \S+ goes on\n$`, out)
	again := strings.TrimSuffix(out[strings.LastIndex(out, "run ")+len("run "):], " goes on\n")
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "g", "-r", again), `Result    "hello"`, "the signals have come again")

	out = ok(t, url, "workflow", "reset", "-w", "g", "-r", again, "--event-id", "4", "--reason", "and again", "--reapply-exclude", "Signal")
	require.Contains(t, out, "reset to event 4 of run "+again)
	require.Equal(t, "\"he\"\n", ok(t, url, "workflow", "query", "-w", "g", "--name", "current"))

	for _, wrong := range [][]string{
		{"--reason", "r"}, {"--event-id", "4"}, {"--event-id", "4", "--type", "LastWorkflowTask", "--reason", "r"},
		{"--type", "middle", "--reason", "r"}, {"--event-id", "-1", "--reason", "r"}, {"--event-id", "4", "--reason", "r", "--reapply-exclude", "Timer"},
	} {
		r := perdure(t.Context(), "", append([]string{"workflow", "reset", "-w", "g", "--nats-url", url}, wrong...)...)
		require.Equal(t, exitUsage, r.code, "%v: %s", wrong, r.err)
	}
	r := perdure(t.Context(), "", "workflow", "reset", "-w", "g", "--event-id", "1000", "--reason", "r", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "Workflow task finish ID")
}
