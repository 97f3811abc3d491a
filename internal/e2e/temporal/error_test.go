package temporal

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	batchpb "go.temporal.io/api/batch/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

// ignoreMissing is nil for NotFound.
func ignoreMissing(err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

// Errors are of the types that Temporal's clients tell apart.
func TestErrors(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		nobody := uuid.NewString()
		var missing *serviceerror.NotFound
		_, err := c.DescribeWorkflowExecution(within(t), nobody, "")
		require.ErrorAs(t, err, &missing)
		require.ErrorAs(t, c.GetWorkflow(within(t), nobody, "").Get(within(t), nil), &missing)

		var unknown *serviceerror.NamespaceNotFound
		_, err = c.WorkflowService().DescribeNamespace(within(t), &workflowservice.DescribeNamespaceRequest{Namespace: "unheard-of"})
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, "unheard-of", unknown.Namespace)
		_, err = c.WorkflowService().StartWorkflowExecution(within(t), startRequest("unheard-of", nobody))
		require.ErrorAs(t, err, &unknown)
		_, err = c.WorkflowService().PollWorkflowTaskQueue(within(t), &workflowservice.PollWorkflowTaskQueueRequest{
			Namespace: "unheard-of", TaskQueue: &taskqueuepb.TaskQueue{Name: "q"},
		})
		require.ErrorAs(t, err, &unknown)

		var invalid *serviceerror.InvalidArgument
		for name, change := range invalidStarts() {
			request := startRequest(client.DefaultNamespace, nobody)
			change(request)
			_, err = c.WorkflowService().StartWorkflowExecution(within(t), request)
			require.ErrorAs(t, err, &invalid, name)
		}
		_, err = c.DescribeWorkflowExecution(within(t), nobody, "no run's id")
		require.ErrorAs(t, err, &invalid)
	})
}

func startRequest(namespace, id string) *workflowservice.StartWorkflowExecutionRequest {
	return &workflowservice.StartWorkflowExecutionRequest{
		Namespace: namespace, WorkflowId: id, RequestId: uuid.NewString(),
		WorkflowType: &commonpb.WorkflowType{Name: "play"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "nobody"},
	}
}

func invalidStarts() map[string]func(*workflowservice.StartWorkflowExecutionRequest) {
	return map[string]func(*workflowservice.StartWorkflowExecutionRequest){
		"no id":          func(r *workflowservice.StartWorkflowExecutionRequest) { r.WorkflowId = "" },
		"no namespace":   func(r *workflowservice.StartWorkflowExecutionRequest) { r.Namespace = "" },
		"no type":        func(r *workflowservice.StartWorkflowExecutionRequest) { r.WorkflowType = nil },
		"no queue":       func(r *workflowservice.StartWorkflowExecutionRequest) { r.TaskQueue = nil },
		"a long id":      func(r *workflowservice.StartWorkflowExecutionRequest) { r.WorkflowId = strings.Repeat("x", 1001) },
		"a hostile name": func(r *workflowservice.StartWorkflowExecutionRequest) { r.Namespace = "default.>" },
		"two policies": func(r *workflowservice.StartWorkflowExecutionRequest) {
			r.WorkflowIdReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
			r.WorkflowIdConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING
		},
	}
}

// What Perdure does not have says so, and says what it is.
func TestUnimplemented(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		service := c.WorkflowService()
		calls := map[string]func(ctx context.Context) error{
			"schedule": func(ctx context.Context) error {
				_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
					ID: "s", Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}},
					Action: &client.ScheduleWorkflowAction{ID: "w", Workflow: "play", TaskQueue: "nobody"},
				})
				return err
			},
			"batch": func(ctx context.Context) error {
				_, err := service.StartBatchOperation(ctx, &workflowservice.StartBatchOperationRequest{
					Namespace: client.DefaultNamespace, JobId: "j", Reason: "r", VisibilityQuery: "WorkflowType='play'",
					Operation: &workflowservice.StartBatchOperationRequest_TerminationOperation{TerminationOperation: &batchpb.BatchOperationTermination{}},
				})
				return err
			},
			"nexus": func(ctx context.Context) error {
				_, err := service.PollNexusTaskQueue(ctx, &workflowservice.PollNexusTaskQueueRequest{
					Namespace: client.DefaultNamespace, TaskQueue: &taskqueuepb.TaskQueue{Name: "nobody"},
				})
				return err
			},
			"deployment": func(ctx context.Context) error {
				_, err := service.ListWorkerDeployments(ctx, &workflowservice.ListWorkerDeploymentsRequest{Namespace: client.DefaultNamespace})
				return err
			},
		}
		for name, call := range calls {
			var unserved *serviceerror.Unimplemented
			err := call(within(t))
			require.ErrorAs(t, err, &unserved, name)
			require.ErrorContains(t, err, "is not implemented by this version of perdure", name)
		}
	})
}

// A workflow that asks for what Perdure does not have stands still, and its history says why.
func TestUnimplementedCommands(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, func(ctx workflow.Context) error {
			return workflow.NewNexusClient("endpoint", "service").ExecuteOperation(ctx, "operation", nil, workflow.NexusOperationOptions{}).Get(ctx, nil)
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue}, "play")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", "")) })
		eventually(t, func() bool {
			described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
			return err == nil && described.GetPendingWorkflowTask().GetAttempt() > 1
		}, "the workflow task is not tried again")
		events := eventsOf(t, c, run, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		failed := events[3].GetWorkflowTaskFailedEventAttributes()
		require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_FEATURE_DISABLED, failed.GetCause())
		require.Equal(t, "FeatureDisabled: ScheduleNexusOperation is not implemented by this version of perdure", failed.GetFailure().GetMessage())
	})
}

// A caller's deadline is kept.
func TestDeadline(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, gatherer(t, c), gathering, 1)
		ctx, cancel := context.WithTimeout(within(t), 500*time.Millisecond)
		defer cancel()
		var late *serviceerror.DeadlineExceeded
		require.ErrorAs(t, run.Get(ctx, nil), &late)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", 1))
		require.Equal(t, []int{1}, resultOf[[]int](t, run))
	})
}
