//go:build temporalcli

package temporal

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// cliVariable names Temporal's command line; see `make temporal-cli`.
const cliVariable = "TEMPORAL_CLI"

// cli is Temporal's command line on a server.
type cli struct{ program, address, home string }

func newCLI(t testing.TB) cli {
	t.Helper()
	program := os.Getenv(cliVariable)
	require.NotEmpty(t, program, "%s names no program: run make temporal-cli", cliVariable)
	return cli{program, shared(t).GRPCAddr(), t.TempDir()}
}

// try runs a command, and is what it prints.
func (c cli) try(t testing.TB, args ...string) (out, complaint string, err error) {
	t.Helper()
	cmd := exec.CommandContext(within(t), c.program, append(args, "--address", c.address, "--color", "never")...)
	cmd.Env = []string{"HOME=" + c.home}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// run runs a command that works.
func (c cli) run(t testing.TB, args ...string) string {
	t.Helper()
	out, complaint, err := c.try(t, args...)
	require.NoError(t, err, "temporal %s\n%s%s", strings.Join(args, " "), out, complaint)
	return out
}

// refused runs a command that does not, and is its complaint.
func (c cli) refused(t testing.TB, args ...string) string {
	t.Helper()
	out, complaint, err := c.try(t, args...)
	require.Error(t, err, "temporal %s\n%s%s", strings.Join(args, " "), out, complaint)
	return out + complaint
}

// json runs a command that works, and decodes what it prints.
func (c cli) json(t testing.TB, into any, args ...string) {
	t.Helper()
	out := c.run(t, append(args, "--output", "json")...)
	require.NoError(t, json.Unmarshal([]byte(out), into), "temporal %s\n%s", strings.Join(args, " "), out)
}

// cliWorker is a queue whose worker has what the commands start.
func cliWorker(t testing.TB) (c client.Client, queue string, p *pending) {
	t.Helper()
	c, p = dial(t, client.Options{HostPort: shared(t).GRPCAddr()}), &pending{}
	p.started = make(chan activity.Info, 10)
	return c, startWorker(t, c, worker.Options{}, func(w worker.Worker) {
		w.RegisterWorkflow(gathering)
		w.RegisterWorkflow(counting)
		w.RegisterWorkflowWithOptions(p.waiting, workflow.RegisterOptions{Name: "waiting"})
		w.RegisterActivity(p)
	}), p
}

func TestCLINamespaces(t *testing.T) {
	t.Parallel()
	c, name := newCLI(t), "cli-"+uuid.NewString()
	c.run(t, "operator", "namespace", "create", "--namespace", name, "--retention", "48h", "--description", "of the test")
	require.Contains(t, c.refused(t, "operator", "namespace", "create", "--namespace", name), "already")
	described := c.run(t, "operator", "namespace", "describe", "--namespace", name)
	require.Contains(t, described, "of the test")
	require.Contains(t, described, "48h")
	require.Contains(t, c.run(t, "operator", "namespace", "list"), name)
	c.run(t, "operator", "namespace", "update", "--namespace", name, "--description", "changed", "--data", "k=v")
	var all struct {
		NamespaceInfo struct {
			Description string
			Data        map[string]string
		}
	}
	c.json(t, &all, "operator", "namespace", "describe", "--namespace", name)
	require.Equal(t, "changed", all.NamespaceInfo.Description)
	require.Equal(t, map[string]string{"k": "v"}, all.NamespaceInfo.Data)

	c.run(t, "workflow", "start", "--namespace", name, "--type", "x", "--task-queue", "q", "--workflow-id", "there")
	require.Contains(t, c.run(t, "workflow", "list", "--namespace", name), "there")
	c.run(t, "operator", "namespace", "delete", "--namespace", name, "--yes")
	eventually(t, func() bool {
		_, _, err := c.try(t, "operator", "namespace", "describe", "--namespace", name)
		return err != nil
	}, "the namespace is still there")
	require.Contains(t, c.refused(t, "operator", "namespace", "describe", "--namespace", "unheard-of"), "not found")
}

func TestCLISearchAttributes(t *testing.T) {
	t.Parallel()
	c, name := newCLI(t), "CLIKeyword"
	queue := "nobody"
	c.run(t, "operator", "search-attribute", "create", "--name", name, "--type", "Keyword", "--name", "CLIInt", "--type", "Int")
	require.Contains(t, c.run(t, "operator", "search-attribute", "list"), name)
	id := "cli-" + uuid.NewString()
	c.run(t, "workflow", "start", "--type", "x", "--task-queue", queue, "--workflow-id", id, "--search-attribute", name+`="found"`, "--search-attribute", "CLIInt=5", "--memo", `note="kept"`)
	require.Contains(t, c.run(t, "workflow", "list", "--query", name+"='found' AND CLIInt > 4"), id)
	require.NotContains(t, c.run(t, "workflow", "list", "--query", name+"='lost'"), id)
	require.Contains(t, c.run(t, "workflow", "describe", "--workflow-id", id), name)
	c.run(t, "workflow", "terminate", "--workflow-id", id, "--reason", "the test's end")
	c.run(t, "operator", "search-attribute", "remove", "--name", name, "--name", "CLIInt", "--yes")
	require.NotContains(t, c.run(t, "operator", "search-attribute", "list"), name)
}

func TestCLICluster(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	require.Contains(t, c.run(t, "operator", "cluster", "health"), "SERVING")
	c.run(t, "operator", "cluster", "system")
	c.run(t, "operator", "cluster", "describe")
	c.run(t, "operator", "cluster", "describe", "--detail")
}

// A run's life, from its start to its end.
func TestCLIWorkflow(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	_, queue, _ := cliWorker(t)
	id := "cli-" + uuid.NewString()
	var started struct{ WorkflowID, RunID string }
	c.json(t, &started, "workflow", "start", "--type", "gathering", "--task-queue", queue, "--workflow-id", id, "--input", "2", "--static-summary", "a summary")
	require.NotEmpty(t, started.RunID)
	require.Contains(t, c.refused(t, "workflow", "start", "--type", "gathering", "--task-queue", queue, "--workflow-id", id, "--id-conflict-policy", "Fail", "--fail-existing"), "already")
	require.Contains(t, c.run(t, "workflow", "list", "--query", "WorkflowId='"+id+"'"), "Running")
	require.Contains(t, c.run(t, "workflow", "count", "--query", "WorkflowId='"+id+"'"), "1")
	require.Contains(t, c.run(t, "workflow", "describe", "--workflow-id", id), "gathering")
	require.Contains(t, c.run(t, "workflow", "stack", "--workflow-id", id), "gathering")
	require.Contains(t, c.run(t, "workflow", "metadata", "--workflow-id", id), "__stack_trace")
	c.run(t, "workflow", "signal", "--workflow-id", id, "--name", "n", "--input", "7")
	c.run(t, "workflow", "signal", "--workflow-id", id, "--name", "n", "--input", "8")
	require.JSONEq(t, "[7,8]", c.result(t, id))
	require.Contains(t, c.run(t, "workflow", "show", "--workflow-id", id), "WorkflowExecutionCompleted")
	require.Contains(t, c.run(t, "workflow", "show", "--workflow-id", id, "--follow"), "WorkflowExecutionSignaled")
	require.Contains(t, c.run(t, "workflow", "show", "--workflow-id", id, "--output", "json"), "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED")
	require.Contains(t, c.run(t, "workflow", "trace", "--workflow-id", id, "--no-fold"), "gathering")
	require.Contains(t, c.run(t, "workflow", "describe", "--workflow-id", id), "COMPLETED")
	c.run(t, "workflow", "delete", "--workflow-id", id)
	eventually(t, func() bool {
		_, _, err := c.try(t, "workflow", "describe", "--workflow-id", id)
		return err != nil
	}, "the workflow is still there")
}

// result is a workflow's, in JSON.
func (c cli) result(t testing.TB, id string) string {
	t.Helper()
	var ended struct {
		Status string
		Result json.RawMessage
	}
	c.json(t, &ended, "workflow", "result", "--workflow-id", id)
	require.Equal(t, "COMPLETED", ended.Status)
	return string(ended.Result)
}

func TestCLIExecute(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	_, queue, _ := cliWorker(t)
	out := c.run(t, "workflow", "execute", "--type", "gathering", "--task-queue", queue, "--workflow-id", "cli-"+uuid.NewString(), "--input", "0")
	require.Contains(t, out, "COMPLETED")
	id := "cli-" + uuid.NewString()
	c.run(t, "workflow", "signal-with-start", "--type", "gathering", "--task-queue", queue, "--workflow-id", id, "--input", "1", "--signal-name", "n", "--signal-input", "3")
	require.JSONEq(t, "[3]", c.result(t, id))
}

func TestCLIQueryCancelTerminate(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	_, queue, _ := cliWorker(t)
	start := func(kind string) string {
		id := "cli-" + uuid.NewString()
		c.run(t, "workflow", "start", "--type", kind, "--task-queue", queue, "--workflow-id", id)
		return id
	}
	id := start("counting")
	c.run(t, "workflow", "signal", "--workflow-id", id, "--name", "more", "--input", "false")
	require.Contains(t, c.run(t, "workflow", "query", "--workflow-id", id, "--type", "count"), "1")
	require.Contains(t, c.refused(t, "workflow", "query", "--workflow-id", id, "--type", "unheard-of"), "unheard-of")
	c.run(t, "workflow", "terminate", "--workflow-id", id, "--reason", "of the test")
	require.Contains(t, c.run(t, "workflow", "show", "--workflow-id", id, "--output", "json"), "of the test")
	require.Contains(t, c.refused(t, "workflow", "terminate", "--workflow-id", id), "already completed")
	require.Contains(t, c.refused(t, "workflow", "query", "--workflow-id", id, "--type", "count", "--reject-condition", "not_open"), "Terminated")

	id = start("waiting")
	c.run(t, "workflow", "cancel", "--workflow-id", id)
	require.Contains(t, c.run(t, "workflow", "show", "--workflow-id", id), "WorkflowExecutionCancelRequested")
	c.run(t, "workflow", "terminate", "--workflow-id", id)
	require.Contains(t, c.refused(t, "workflow", "describe", "--workflow-id", "nobody-"+id), "not found")
}

func TestCLIActivity(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	_, queue, p := cliWorker(t)
	start := func() (id string) {
		id = "cli-" + uuid.NewString()
		c.run(t, "workflow", "start", "--type", "waiting", "--task-queue", queue, "--workflow-id", id)
		await(t, p.started, "the activity is not started")
		return id
	}
	id := start()
	c.run(t, "activity", "complete", "--workflow-id", id, "--activity-id", "left", "--result", `"by hand"`)
	require.JSONEq(t, `"by hand"`, c.result(t, id))
	id = start()
	of := []string{"--workflow-id", id, "--activity-id", "left"}
	c.run(t, append([]string{"activity", "pause"}, of...)...)
	require.Contains(t, c.run(t, "workflow", "describe", "--workflow-id", id, "--output", "json"), "PAUSE_REQUESTED")
	c.run(t, append([]string{"activity", "update-options", "--start-to-close-timeout", "1h", "--task-queue", queue}, of...)...)
	c.run(t, append([]string{"activity", "reset", "--keep-paused"}, of...)...)
	c.run(t, append([]string{"activity", "unpause", "--reset-attempts"}, of...)...)
	c.run(t, "activity", "fail", "--workflow-id", id, "--activity-id", "left", "--reason", "by hand, too", "--detail", `"why"`)
	require.Contains(t, c.refused(t, "workflow", "result", "--workflow-id", id), "by hand, too")
	require.Contains(t, c.refused(t, "activity", "complete", "--workflow-id", id, "--activity-id", "left", "--result", "1"), "already completed")
}

func TestCLITaskQueue(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	sdk, queue, _ := cliWorker(t)
	resultOf[[]int](t, begin(t, sdk, queue, gathering, 0)) // its worker polls
	out := c.run(t, "task-queue", "describe", "--task-queue", queue)
	require.Contains(t, out, "@", "its poller's identity")
	c.run(t, "task-queue", "describe", "--task-queue", queue, "--legacy-mode", "--task-queue-type-legacy", "workflow")
	c.run(t, "task-queue", "list-partition", "--task-queue", queue)
}

// What is not there says so, in words.
func TestCLIUnimplemented(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	for _, args := range [][]string{
		{"workflow", "terminate", "--query", "WorkflowType='x'", "--reason", "r", "--yes"},
		{"workflow", "signal", "--query", "WorkflowType='x'", "--name", "n", "--yes"},
		{"batch", "list"},
		{"workflow", "cancel", "--query", "WorkflowType='x'", "--yes"},
		{"workflow", "delete", "--query", "WorkflowType='x'", "--yes"},
		{"batch", "describe", "--job-id", "j"},
		{"schedule", "list"},
		{"schedule", "create", "--schedule-id", "s", "--interval", "1h", "--type", "x", "--task-queue", "q"},
		{"operator", "cluster", "list"},
		{"operator", "nexus", "endpoint", "list"},
	} {
		require.Contains(t, c.refused(t, args...), "is not implemented by this version of perdure", "temporal %s", strings.Join(args, " "))
	}
}
