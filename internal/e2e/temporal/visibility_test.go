package temporal

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// listed are the executions of a filter, read in pages of 2.
func listed(t testing.TB, c client.Client, query string) (all []*workflowpb.WorkflowExecutionInfo) {
	t.Helper()
	request := &workflowservice.ListWorkflowExecutionsRequest{PageSize: 2, Query: query}
	for first := true; first || len(request.NextPageToken) > 0; first = false {
		page, err := c.ListWorkflow(within(t), request)
		require.NoError(t, err)
		all = append(all, page.GetExecutions()...)
		request.NextPageToken = page.GetNextPageToken()
	}
	return all
}

// A listing that is asked for after a start has it, and runs are found by status, type, id and attributes.
func TestListWorkflows(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		addSearchAttributes(t, c)
		queue, prefix := gatherer(t, c), "list-"+uuid.NewString()
		const count = 5
		for n := range count {
			_, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{
				ID: fmt.Sprint(prefix, "-", n), TaskQueue: queue, Memo: map[string]any{"n": n},
				TypedSearchAttributes: temporal.NewSearchAttributes(keyword.ValueSet(prefix), number.ValueSet(int64(n))),
			}, gathering, 1)
			require.NoError(t, err)
			require.Len(t, listed(t, c, "E2EKeyword = '"+prefix+"'"), n+1, "just started")
		}
		run := c.GetWorkflow(within(t), fmt.Sprint(prefix, "-", 0), "")
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", 7))
		resultOf[[]int](t, run)

		by := func(filter string) int { return len(listed(t, c, "WorkflowId STARTS_WITH '"+prefix+"' AND "+filter)) }
		eventually(t, func() bool { return by("ExecutionStatus = 'Completed'") == 1 }, "the end of a workflow is not listed")
		require.Equal(t, count-1, by("ExecutionStatus = 'Running'"))
		require.Equal(t, count, by("WorkflowType = 'gathering'"))
		require.Equal(t, count, by("TaskQueue = '"+queue+"'"))
		eventually(t, func() bool { return by("BuildIds = 'unversioned'") == count }, "the builds of the workers are not listed")
		require.Equal(t, 2, by("E2EInt BETWEEN 2 AND 3"))
		require.Equal(t, 0, by("StartTime > '2100-01-01T00:00:00Z'"))

		counted, err := c.CountWorkflow(within(t), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowId STARTS_WITH '" + prefix + "' GROUP BY ExecutionStatus",
		})
		require.NoError(t, err)
		require.EqualValues(t, count, counted.GetCount())
		require.Len(t, counted.GetGroups(), 2)
		info := listed(t, c, "WorkflowId = '"+run.GetID()+"'")[0]
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, info.GetStatus())
		require.JSONEq(t, "0", string(info.GetMemo().GetFields()["n"].GetData()))
		for n := 1; n < count; n++ {
			require.NoError(t, c.TerminateWorkflow(within(t), fmt.Sprint(prefix, "-", n), "", ""))
		}
	})
}

func TestBadFilter(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		for _, query := range []string{"WorkflowType = ", "Unheard = 'x'", "StartTime > 'soon'", "'"} {
			_, err := c.ListWorkflow(within(t), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
			var invalid *serviceerror.InvalidArgument
			require.ErrorAs(t, err, &invalid, query)
		}
	})
}

// A deleted workflow is there no more, and listed no more.
func TestDelete(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, gatherer(t, c), gathering, 0)
		resultOf[[]int](t, run)
		_, err := c.WorkflowService().DeleteWorkflowExecution(within(t), &workflowservice.DeleteWorkflowExecutionRequest{
			Namespace: client.DefaultNamespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: run.GetID(), RunId: run.GetRunID()},
		})
		require.NoError(t, err)
		eventually(t, func() bool {
			_, err := c.DescribeWorkflowExecution(within(t), run.GetID(), run.GetRunID())
			return err != nil && ignoreMissing(err) == nil
		}, "it is described")
		eventually(t, func() bool { return len(listed(t, c, "WorkflowId = '"+run.GetID()+"'")) == 0 }, "it is listed")
	})
}
