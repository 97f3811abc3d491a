package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/client"
)

// Large payloads are shown as what they are, and by their size where that is too much for a line.
func TestLargePayloadsAreShown(t *testing.T) {
	url := serveTest(t)
	c, err := client.Connect(client.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	large, huge := strings.Repeat("a", 200<<10), strings.Repeat("b", 2<<20)
	for id, text := range map[string]string{"large": large, "huge": huge} {
		_, err := client.Start(t.Context(), c, greet, text, client.StartOptions{ID: id, TaskQueue: "q"})
		require.NoError(t, err)
		require.NoError(t, client.Signal(t.Context(), c, id, "", letters, "."))
	}
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "large"), large)
	require.Contains(t, ok(t, url, "workflow", "show", "-w", "large", "--follow"), large)
	require.Contains(t, ok(t, url, "workflow", "show", "-w", "large"), large)
	require.Contains(t, ok(t, url, "workflow", "query", "-w", "large", "--name", "current"), large)

	require.Contains(t, ok(t, url, "workflow", "result", "-w", "huge"), "<large payload, 2097")
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "huge", "-o", "json"), huge)
	require.NotContains(t, ok(t, url, "workflow", "show", "-w", "huge", "-o", "json"), "cGVyZHVyZS9yZWZlcmVuY2U=", "in base64: no reference is left")
}

// What is too large for a message is sent all the same, and what is large stays out of the history.
func TestLargePayloadsAreSent(t *testing.T) {
	url := serveTest(t)
	text := strings.Repeat("a", 2<<20)
	file := filepath.Join(t.TempDir(), "input.json")
	require.NoError(t, os.WriteFile(file, []byte(`"`+text+`"`), 0o600))
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "g", "--input-file", file)
	out := ok(t, url, "workflow", "update", "execute", "-w", "g", "--name", "replace", "--input-file", file, "-o", "json")
	require.Contains(t, out, `"result": "`+text+`"`)
	ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "--input-file", file)
	ok(t, url, "workflow", "signal", "-w", "g", "--name", "letters", "-i", `"."`)
	require.Contains(t, ok(t, url, "workflow", "result", "-w", "g", "-o", "json"), text+text)
	var description struct {
		WorkflowExecutionInfo struct {
			HistorySizeBytes int64 `json:"historySizeBytes,string"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(ok(t, url, "workflow", "describe", "-w", "g", "-o", "json")), &description))
	require.Less(t, description.WorkflowExecutionInfo.HistorySizeBytes, int64(largePayload))
}
