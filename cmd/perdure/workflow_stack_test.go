package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a workflow tells of itself: by whom it was started, by its own code, and by the SDK.
func TestIntrospectionOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "g", "--input", `"hello"`, "--static-summary", "a greeting", "--static-details", "of the *test*")
	out := ok(t, url, "workflow", "describe", "-w", "g")
	require.Regexp(t, `Summary +a greeting\n`, out)
	require.Regexp(t, `Details +of the \*test\*\n`, out)
	require.Regexp(t, `WorkflowExecutionStarted .*# a greeting\n`, ok(t, url, "workflow", "show", "-w", "g"))

	require.Contains(t, ok(t, url, "workflow", "stack", "-w", "g"), "coroutine root [blocked on receiving from letters]:\n")
	require.Regexp(t, `endtoend_test.go:\d+  github.com/perdure`, ok(t, url, "workflow", "stack", "-w", "g", "--places"))
	require.Contains(t, ok(t, url, "workflow", "stack", "-w", "g", "-o", "json"), `"stack": "coroutine root [blocked`)
	out = ok(t, url, "workflow", "metadata", "-w", "g")
	require.Regexp(t, `Query +current\n`, out)
	require.Regexp(t, `Signal +letters +What is added.\n`, out)
	require.Regexp(t, `\n\nso far: hello\n$`, out)
	require.Contains(t, ok(t, url, "workflow", "metadata", "-w", "g", "-o", "json"), `"currentDetails": "so far: hello"`)

	ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "--input", `"."`)
	ok(t, url, "workflow", "result", "-w", "g")
	require.Equal(t, "No code of the workflow runs: it has ended.\n", ok(t, url, "workflow", "stack", "-w", "g"))
	r := perdure(t.Context(), "", "workflow", "stack", "-w", "nobody", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
}
