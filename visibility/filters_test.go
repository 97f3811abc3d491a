package visibility

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	filterpb "go.temporal.io/api/filter/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// requireFilters looks for two open workflows, "it's" and "b", and one that was terminated, "c", by each filter.
func requireFilters(t *testing.T, s *Service) {
	t.Helper()
	hour := func(n int) *timestamppb.Timestamp {
		return timestamppb.New(time.Now().Add(time.Duration(n) * time.Hour))
	}
	for _, c := range []struct {
		request *workflowservice.ListOpenWorkflowExecutionsRequest
		want    int
	}{
		{&workflowservice.ListOpenWorkflowExecutionsRequest{StartTimeFilter: &filterpb.StartTimeFilter{EarliestTime: hour(-1), LatestTime: hour(1)}}, 2},
		{&workflowservice.ListOpenWorkflowExecutionsRequest{StartTimeFilter: &filterpb.StartTimeFilter{EarliestTime: hour(1)}}, 0},
		{&workflowservice.ListOpenWorkflowExecutionsRequest{StartTimeFilter: &filterpb.StartTimeFilter{LatestTime: hour(-1)}}, 0},
		{&workflowservice.ListOpenWorkflowExecutionsRequest{Filters: &workflowservice.ListOpenWorkflowExecutionsRequest_ExecutionFilter{ExecutionFilter: &filterpb.WorkflowExecutionFilter{WorkflowId: "it's"}}}, 1},
		{&workflowservice.ListOpenWorkflowExecutionsRequest{Filters: &workflowservice.ListOpenWorkflowExecutionsRequest_TypeFilter{TypeFilter: &filterpb.WorkflowTypeFilter{Name: "Type"}}}, 2},
		{&workflowservice.ListOpenWorkflowExecutionsRequest{Filters: &workflowservice.ListOpenWorkflowExecutionsRequest_TypeFilter{TypeFilter: &filterpb.WorkflowTypeFilter{Name: "Other"}}}, 0},
	} {
		reply, _, err := s.ListOpenWorkflowExecutions(within(t), testNamespace, c.request)
		require.NoError(t, err)
		require.Len(t, reply.Executions, c.want, c.request)
	}
	for status, want := range map[enumspb.WorkflowExecutionStatus]int{enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: 1, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED: 0} {
		reply, _, err := s.ListClosedWorkflowExecutions(within(t), testNamespace, &workflowservice.ListClosedWorkflowExecutionsRequest{
			Filters: &workflowservice.ListClosedWorkflowExecutionsRequest_StatusFilter{StatusFilter: &filterpb.StatusFilter{Status: status}},
		})
		require.NoError(t, err)
		require.Len(t, reply.Executions, want)
	}
}

// lock holds a SQLite file for writing until it is released.
func lock(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN EXCLUSIVE")
	require.NoError(t, err)
	return func() {
		_, err := db.Exec("ROLLBACK")
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
}
