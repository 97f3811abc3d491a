package temporal

import (
	"testing"

	"github.com/stretchr/testify/require"
	activitypb "go.temporal.io/api/activity/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// left describes the only activity of a run.
func left(t testing.TB, c client.Client, run client.WorkflowRun) *workflowpb.PendingActivityInfo {
	t.Helper()
	described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	require.Len(t, described.GetPendingActivities(), 1)
	return described.GetPendingActivities()[0]
}

func TestActivityIsPausedAndReset(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run, info := new(pending).start(t, c)
		service, execution := c.WorkflowService(), &commonpb.WorkflowExecution{WorkflowId: run.GetID()}
		_, err := service.PauseActivity(within(t), &workflowservice.PauseActivityRequest{
			Namespace: client.DefaultNamespace, Execution: execution, Reason: "why not", Activity: &workflowservice.PauseActivityRequest_Id{Id: "left"},
		})
		require.NoError(t, err)
		require.ErrorIs(t, c.RecordActivityHeartbeat(within(t), info.TaskToken, 1), activity.ErrActivityPaused)
		paused := left(t, c, run)
		require.Equal(t, enumspb.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED, paused.GetState())
		require.Equal(t, "why not", paused.GetPauseInfo().GetManual().GetReason())

		_, err = service.ResetActivity(within(t), &workflowservice.ResetActivityRequest{
			Namespace: client.DefaultNamespace, Execution: execution, Activity: &workflowservice.ResetActivityRequest_Type{Type: info.ActivityType.Name},
		})
		require.NoError(t, err)
		require.ErrorIs(t, c.RecordActivityHeartbeat(within(t), info.TaskToken, 2), activity.ErrActivityReset)
		require.Equal(t, enumspb.PENDING_ACTIVITY_STATE_STARTED, left(t, c, run).GetState())

		options, err := service.UpdateActivityOptions(within(t), &workflowservice.UpdateActivityOptionsRequest{
			Namespace: client.DefaultNamespace, Execution: execution, Activity: &workflowservice.UpdateActivityOptionsRequest_MatchAll{MatchAll: true},
			ActivityOptions: &activitypb.ActivityOptions{HeartbeatTimeout: durationpb.New(patience)},
			UpdateMask:      &fieldmaskpb.FieldMask{Paths: []string{"heartbeat_timeout"}},
		})
		require.NoError(t, err)
		require.Equal(t, options.GetActivityOptions().GetHeartbeatTimeout().AsDuration(), left(t, c, run).GetActivityOptions().GetHeartbeatTimeout().AsDuration())
		_, err = service.UnpauseActivity(within(t), &workflowservice.UnpauseActivityRequest{
			Namespace: client.DefaultNamespace, Execution: execution, Activity: &workflowservice.UnpauseActivityRequest_Id{Id: "nobody"},
		})
		var missing *serviceerror.NotFound
		require.ErrorAs(t, err, &missing)

		require.NoError(t, c.CompleteActivity(within(t), info.TaskToken, "all the same", nil))
		require.Equal(t, "all the same", resultOf[string](t, run))
	})
}

func TestWorkflowIsPaused(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run, info := new(pending).start(t, c)
		service := c.WorkflowService()
		pause := &workflowservice.PauseWorkflowExecutionRequest{Namespace: client.DefaultNamespace, WorkflowId: run.GetID(), Reason: "why not", RequestId: "p"}
		for range 2 { // the second is the same request
			_, err := service.PauseWorkflowExecution(within(t), pause)
			require.NoError(t, err)
		}
		pause.RequestId = "another"
		_, err := service.PauseWorkflowExecution(within(t), pause)
		var refused *serviceerror.FailedPrecondition
		require.ErrorAs(t, err, &refused)
		described, err := c.DescribeWorkflowExecution(within(t), run.GetID(), "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED, described.GetWorkflowExecutionInfo().GetStatus())
		require.Equal(t, "why not", described.GetWorkflowExtendedInfo().GetPauseInfo().GetReason())
		asked, err := c.QueryWorkflowWithOptions(within(t), &client.QueryWorkflowWithOptionsRequest{WorkflowID: run.GetID(), QueryType: client.QueryTypeStackTrace})
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED, asked.QueryRejected.GetStatus())

		require.NoError(t, c.CompleteActivity(within(t), info.TaskToken, "meanwhile", nil))
		described, err = c.DescribeWorkflowExecution(within(t), run.GetID(), "")
		require.NoError(t, err)
		require.Nil(t, described.GetPendingWorkflowTask(), "it is to go on first")
		_, err = service.UnpauseWorkflowExecution(within(t), &workflowservice.UnpauseWorkflowExecutionRequest{Namespace: client.DefaultNamespace, WorkflowId: run.GetID()})
		require.NoError(t, err)
		require.Equal(t, "meanwhile", resultOf[string](t, run))
	})
}
