package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A workflow whose task fails again and again tells why.
func TestADescriptionTellsWhyATaskFails(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "workflow", "start", "--type", "Nobody's", "-t", "q", "-w", "n")
	ctx, interrupt := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"workflow", "show", "-w", "n", "--follow", "--nats-url", url}, streams{in: strings.NewReader(""), out: writer, err: io.Discard})
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	for lines.Scan() && !strings.Contains(lines.Text(), "WorkflowTaskFailed") {
	}
	interrupt()
	_, err := io.Copy(io.Discard, reader)
	require.NoError(t, err)
	require.Equal(t, exitInterrupt, <-ended)

	out := ok(t, url, "workflow", "describe", "-w", "n")
	require.Regexp(t, `Workflow task +.*, attempt \d+\n`, out)
	require.Regexp(t, `Last failure +WorkflowWorkerUnhandledFailure: unable to find workflow type: Nobody's`, out)
}
