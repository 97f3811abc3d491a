package visibility

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/temporalio/sqlparser"
	filterpb "go.temporal.io/api/filter/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/visibility/index"
)

// ListOpenWorkflowExecutions lists workflows that run or are paused by when they were started, and by id or type. Errors: those of ListWorkflowExecutions.
func (s *Service) ListOpenWorkflowExecutions(ctx context.Context, namespace string, r *workflowservice.ListOpenWorkflowExecutionsRequest) (*workflowservice.ListOpenWorkflowExecutionsResponse, time.Duration, error) {
	c := conditions{"ExecutionStatus IN ('Running', 'Paused')"}
	c.between("StartTime", r.GetStartTimeFilter())
	c.execution(r.GetExecutionFilter())
	c.ofType(r.GetTypeFilter())
	page, behind, err := s.list(ctx, namespace, index.Query{Filter: c.filter(), PageSize: int(r.GetMaximumPageSize()), Token: r.GetNextPageToken()})
	return &workflowservice.ListOpenWorkflowExecutionsResponse{Executions: page.Executions, NextPageToken: page.Next}, behind, err
}

// ListClosedWorkflowExecutions lists closed workflows by when they closed (as with Temporal, where the filter's name
// says otherwise), and by id, type or status. Errors: those of ListWorkflowExecutions.
func (s *Service) ListClosedWorkflowExecutions(ctx context.Context, namespace string, r *workflowservice.ListClosedWorkflowExecutionsRequest) (*workflowservice.ListClosedWorkflowExecutionsResponse, time.Duration, error) {
	c := conditions{"ExecutionStatus NOT IN ('Running', 'Paused')"}
	c.between("CloseTime", r.GetStartTimeFilter())
	c.execution(r.GetExecutionFilter())
	c.ofType(r.GetTypeFilter())
	if f := r.GetStatusFilter(); f != nil {
		c.add("ExecutionStatus", "=", f.GetStatus().String())
	}
	page, behind, err := s.list(ctx, namespace, index.Query{Filter: c.filter(), PageSize: int(r.GetMaximumPageSize()), Token: r.GetNextPageToken()})
	return &workflowservice.ListClosedWorkflowExecutionsResponse{Executions: page.Executions, NextPageToken: page.Next}, behind, err
}

// conditions are those of a list filter.
type conditions []string

func (c *conditions) add(attribute, operator, value string) {
	*c = append(*c, fmt.Sprintf("%s %s %s", attribute, operator, sqlparser.String(sqlparser.NewStrVal([]byte(value)))))
}

// between keeps to a filter's times, of which each may be absent.
func (c *conditions) between(attribute string, f *filterpb.StartTimeFilter) {
	for _, bound := range []struct {
		operator string
		at       *timestamppb.Timestamp
	}{{">=", f.GetEarliestTime()}, {"<=", f.GetLatestTime()}} {
		if bound.at != nil {
			c.add(attribute, bound.operator, bound.at.AsTime().Format(time.RFC3339Nano))
		}
	}
}

func (c *conditions) execution(f *filterpb.WorkflowExecutionFilter) {
	if f == nil {
		return
	}
	c.add("WorkflowId", "=", f.GetWorkflowId())
	if f.GetRunId() != "" {
		c.add("RunId", "=", f.GetRunId())
	}
}

func (c *conditions) ofType(f *filterpb.WorkflowTypeFilter) {
	if f != nil {
		c.add("WorkflowType", "=", f.GetName())
	}
}

func (c *conditions) filter() string { return strings.Join(*c, " AND ") }
