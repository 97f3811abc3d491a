package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

func newWorkflowDescribe(g *global) *cobra.Command {
	var e execution
	c := &cobra.Command{
		Use:     "describe",
		Short:   "Show a workflow's state, its workflow task, and its open activities and children",
		Example: `  perdure workflow describe --workflow-id order-1`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				reply, err := s.describe(ctx, &e)
				if err != nil {
					return err
				}
				var failed *historypb.HistoryEvent
				if s.Output == outputText && reply.GetPendingWorkflowTask().GetAttempt() > 1 {
					if failed, err = s.failedTask(ctx, reply.GetWorkflowExecutionInfo().GetExecution()); err != nil {
						return err
					}
				}
				return s.show(reply, func(width int) []string { return render.Workflow(reply, failed, time.Now(), width) })
			})
		},
	}
	e.register(c.Flags())
	needs(c, "workflow-id")
	return c
}

func (s *session) describe(ctx context.Context, e *execution) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	reply := &workflowservice.DescribeWorkflowExecutionResponse{}
	request := &workflowservice.DescribeWorkflowExecutionRequest{Namespace: s.Namespace, Execution: e.proto()}
	return reply, s.call(ctx, "DescribeWorkflowExecution", request, reply)
}

// lastEvents are so many that a task that failed is among them: while it is tried again, what comes else is buffered.
const lastEvents = 20

// failedTask is the last event that tells of a workflow task that failed or timed out, if it is among the run's last: the answer to a
// description has the number of the attempt alone.
func (s *session) failedTask(ctx context.Context, execution *commonpb.WorkflowExecution) (*historypb.HistoryEvent, error) {
	reply := &workflowservice.GetWorkflowExecutionHistoryReverseResponse{}
	request := &workflowservice.GetWorkflowExecutionHistoryReverseRequest{Namespace: s.Namespace, Execution: execution, MaximumPageSize: lastEvents}
	if err := s.call(ctx, "GetWorkflowExecutionHistoryReverse", request, reply); err != nil {
		return nil, err
	}
	for _, e := range reply.GetHistory().GetEvents() {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			return e, nil
		}
	}
	return nil, nil
}
