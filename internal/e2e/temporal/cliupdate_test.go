//go:build temporalcli

package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

func TestCLIUpdate(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	queue, id := startTally(t, dial(t, client.Options{HostPort: shared(t).GRPCAddr()})), "cli-"+uuid.NewString()
	of := func(args ...string) []string { return append(args, "--workflow-id", id) }
	c.run(t, of("workflow", "start", "--type", "tally", "--task-queue", queue)...)
	add := of("--name", "add")
	require.Contains(t, c.run(t, append([]string{"workflow", "update", "execute", "--input", "5", "--update-id", "u"}, add...)...), "5")
	require.Contains(t, c.refused(t, append([]string{"workflow", "update", "execute", "--input", "-1"}, add...)...), "too little")
	c.run(t, append([]string{"workflow", "update", "start", "--input", "2", "--update-id", "v", "--wait-for-stage", "accepted"}, add...)...)
	require.Contains(t, c.run(t, of("workflow", "update", "result", "--update-id", "v")...), "7")
	require.Contains(t, c.run(t, of("workflow", "update", "describe", "--update-id", "v")...), "v")
	require.Contains(t, c.run(t, "workflow", "execute-update-with-start", "--type", "tally", "--task-queue", queue, "--workflow-id", id,
		"--id-conflict-policy", "UseExisting", "--update-name", "add", "--update-input", "3"), "10")
	require.Contains(t, c.run(t, "workflow", "start-update-with-start", "--type", "tally", "--task-queue", queue, "--workflow-id", "with-"+id,
		"--update-name", "add", "--update-input", "3", "--update-wait-for-stage", "accepted", "--id-conflict-policy", "Fail"), "with-"+id)
	c.run(t, of("workflow", "signal", "--name", "end")...)
	require.JSONEq(t, "10", c.result(t, id))
}

func TestCLIReset(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	_, queue, _ := cliWorker(t)
	id := "cli-" + uuid.NewString()
	of := func(args ...string) []string { return append(args, "--workflow-id", id) }
	reset := func(args ...string) (runID string) {
		var made struct{ RunID string }
		c.json(t, &made, of(append([]string{"workflow", "reset", "--reason", "of the test"}, args...)...)...)
		return made.RunID
	}
	c.run(t, of("workflow", "start", "--type", "gathering", "--task-queue", queue, "--input", "1")...)
	c.run(t, of("workflow", "stack")...) // its first task has ended
	c.run(t, of("workflow", "signal", "--name", "n", "--input", "7")...)
	require.JSONEq(t, "[7]", c.result(t, id))
	require.NotEmpty(t, reset("--type", "FirstWorkflowTask", "--reapply-exclude", "Signal"))
	c.run(t, of("workflow", "stack")...)
	c.run(t, of("workflow", "signal", "--name", "n", "--input", "8")...)
	require.JSONEq(t, "[8]", c.result(t, id))
	require.NotEmpty(t, reset("--event-id", "4"))
	require.JSONEq(t, "[8]", c.result(t, id), "the signal came again")
	require.NotEmpty(t, reset("--type", "LastWorkflowTask"))
	require.JSONEq(t, "[8]", c.result(t, id))
	require.Contains(t, c.refused(t, of("workflow", "reset", "--reason", "r", "--event-id", "1000")...), "1000")
}
