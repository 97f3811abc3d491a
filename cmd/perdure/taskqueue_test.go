package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAQueueWithItsWorker(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Count", "-t", "q", "-w", "counted", "-i", "0")
	ok(t, url, "workflow", "result", "-w", "counted")
	var kinds map[string]struct {
		Pollers []struct{ Identity, LastAccessTime string }
		Stats   struct{ TasksAddRate, TasksDispatchRate float64 }
	}
	require.NoError(t, json.Unmarshal([]byte(ok(t, url, "task-queue", "describe", "-t", "q", "-o", "json")), &kinds))
	require.Len(t, kinds, 2)
	require.Len(t, kinds["workflow"].Pollers, 1)
	require.NotEmpty(t, kinds["workflow"].Pollers[0].Identity)
	require.NotEmpty(t, kinds["workflow"].Pollers[0].LastAccessTime)
	require.Positive(t, kinds["workflow"].Stats.TasksAddRate)
	require.Positive(t, kinds["workflow"].Stats.TasksDispatchRate)
	require.Empty(t, kinds["activity"].Pollers, "the worker has no activities")
	require.Contains(t, ok(t, url, "task-queue", "describe", "-t", "q"), kinds["workflow"].Pollers[0].Identity)
}

// Watching goes on until it is interrupted: a line each time.
func TestWatchingAQueue(t *testing.T) {
	url := serveTest(t)
	ctx, interrupt := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	var done sync.WaitGroup
	done.Go(func() {
		code := run(ctx, []string{"task-queue", "describe", "-t", "q", "--watch=1ms", "-o", "jsonl", "--nats-url", url}, streams{in: strings.NewReader(""), out: writer, err: io.Discard})
		writer.Close()
		if code != exitInterrupt {
			t.Errorf("exit code %d", code)
		}
	})
	lines := bufio.NewScanner(reader)
	for range 3 {
		require.True(t, lines.Scan())
		require.True(t, json.Valid(lines.Bytes()), lines.Text())
	}
	interrupt()
	for lines.Scan() { // until the command has ended
		require.True(t, json.Valid(lines.Bytes()), lines.Text())
	}
	done.Wait()
}
