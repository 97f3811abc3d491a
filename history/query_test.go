package history

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

func query(id string) *workflowservice.QueryWorkflowRequest {
	return &workflowservice.QueryWorkflowRequest{
		Execution: &commonpb.WorkflowExecution{WorkflowId: id}, Query: &querypb.WorkflowQuery{QueryType: "status"},
	}
}

// A query that waits for a workflow task that nobody takes says so before its caller gives up.
func TestAQueryOfAWorkflowThatNobodyWorksOn(t *testing.T) {
	d := newPlace(t, nil).drive(t)
	d.must(start("a"))
	asked := d.decide(query("a"))[0]
	e := d.active["a"]
	require.Len(t, e.queries, 1)
	over, cancel := context.WithCancel(context.Background())
	e.queries[0].over = over
	cancel()
	require.NoError(t, d.handle(&overdue{"a"}))
	_, err := d.outcome(asked)
	require.ErrorAs(t, err, new(*serviceerror.DeadlineExceeded))
	require.ErrorContains(t, err, "no worker of task queue \"queue\"")
	require.Empty(t, e.queries)
}
