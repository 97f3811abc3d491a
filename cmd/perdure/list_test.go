package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/client"
)

func TestWorkflowsAreListedAndCounted(t *testing.T) {
	url := serveTest(t)
	require.Equal(t, "0\n", ok(t, url, "workflow", "count"))
	require.JSONEq(t, `{"executions": []}`, ok(t, url, "workflow", "list", "--output", "json"))
	for i := range 5 {
		ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", fmt.Sprintf("g %d", i), "-i", `"he"`)
	}
	ok(t, url, "workflow", "terminate", "-w", "g 4", "--reason", "enough")

	require.Equal(t, "5\n", ok(t, url, "workflow", "count"))
	require.Equal(t, "4\n", ok(t, url, "workflow", "count", "-q", "ExecutionStatus = 'Running' AND StartTime > '-1h'"))
	groups := ok(t, url, "workflow", "count", "-q", "GROUP BY ExecutionStatus")
	require.Contains(t, groups, "Running     4")
	require.Contains(t, groups, "Terminated  1")
	require.Regexp(t, `\(none\) +5\nTotal +5`, ok(t, url, "workflow", "count", "-q", "GROUP BY BatcherUser"))

	lines := strings.Split(strings.TrimSpace(ok(t, url, "workflow", "list", "-q", "ExecutionStatus = 'Running'", "--fields", "WorkflowId,executionstatus,ExecutionTime")), "\n")
	require.Len(t, lines, 5)
	require.Regexp(t, `^WorkflowId +ExecutionStatus +ExecutionTime$`, lines[0])
	require.Regexp(t, `^g \d +Running +20\d\d-`, lines[1])
	require.Len(t, strings.Split(strings.TrimSpace(ok(t, url, "workflow", "list", "--limit", "2")), "\n"), 3)

	var all struct{ Executions []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(ok(t, url, "workflow", "list", "--output", "json")), &all))
	require.Len(t, all.Executions, 5)
	jsonl := strings.Split(strings.TrimSpace(ok(t, url, "workflow", "list", "--output", "jsonl", "-q", "WorkflowId = 'g 4'")), "\n")
	require.Len(t, jsonl, 1)
	require.Contains(t, jsonl[0], "WORKFLOW_EXECUTION_STATUS_TERMINATED")

	wrong := perdure(t.Context(), "", "workflow", "list", "-q", "Colour = 'red'", "--nats-url", url)
	require.Equal(t, exitFailure, wrong.code)
	require.Contains(t, wrong.err, "Colour")
	wrong = perdure(t.Context(), "", "workflow", "list", "-q", "Colour = 'red'", "-o", "json", "--nats-url", url)
	require.Equal(t, exitFailure, wrong.code)
	require.Empty(t, wrong.out, "that there is none is not told")
	require.Equal(t, exitUsage, perdure(t.Context(), "", "workflow", "list", "--fields", "", "--nats-url", url).code)
	require.Equal(t, exitUsage, perdure(t.Context(), "", "workflow", "list", "--limit", "-1", "--nats-url", url).code)
	require.Equal(t, exitUsage, perdure(t.Context(), "", "workflow", "list", "--fields", "RunId", "-o", "json", "--nats-url", url).code)
}

// A column is a name that there is, in whatever case it is written.
func TestColumnsOfAList(t *testing.T) {
	url := serveTest(t)
	ok(t, url, "search-attribute", "add", "--name", "Customer", "--type", "Keyword")
	ok(t, url, "workflow", "start", "--type", "Greet", "-t", "q", "-w", "w", "--search-attribute", `Customer="acme"`)
	require.Regexp(t, `^WorkflowId +Customer +TemporalChangeVersion\nw +acme`, ok(t, url, "workflow", "list", "--fields", "workflowid,CUSTOMER,TemporalChangeVersion"))
	for field, want := range map[string]string{"Custommer": "did you mean Customer?", "WorkflowID2": "did you mean WorkflowId?", "Colour": "search-attribute list"} {
		wrong := perdure(t.Context(), "", "workflow", "list", "--fields", "RunId,"+field, "--nats-url", url)
		require.Equal(t, exitUsage, wrong.code, field)
		require.Contains(t, wrong.err, "no column "+field)
		require.Contains(t, wrong.err, want)
		require.Empty(t, wrong.out)
	}
}

// The SDK's client lists, over several pages, what it has just started.
func TestTheClientLists(t *testing.T) {
	url := serveTest(t)
	c, err := client.Connect(client.Options{URL: url})
	require.NoError(t, err)
	defer c.Close()
	const workflows = 1100 // more than a page
	for i := range workflows {
		_, err := client.Start(t.Context(), c, count, 0, client.StartOptions{ID: fmt.Sprint(i), TaskQueue: "nobody polls it"})
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	for e, err := range c.ListWorkflows(t.Context(), "WorkflowType = 'Count'") {
		require.NoError(t, err)
		seen[e.Execution.WorkflowId] = true
	}
	require.Len(t, seen, workflows)
	counted, err := c.CountWorkflows(t.Context(), "")
	require.NoError(t, err)
	require.EqualValues(t, workflows, counted.Count)
	for _, err := range c.ListWorkflows(t.Context(), "this is no filter") {
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, err, &invalid)
	}
	for range c.ListWorkflows(t.Context(), "") {
		break
	}
}
