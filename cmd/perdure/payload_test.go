package main

import (
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
