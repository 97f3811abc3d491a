package visibility

import (
	"testing"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

func (p *place) pause(id, reason string) {
	p.t.Helper()
	p.must(&workflowservice.PauseWorkflowExecutionRequest{WorkflowId: id, Reason: reason, RequestId: id})
}

func (p *place) unpause(id string) {
	p.t.Helper()
	p.must(&workflowservice.UnpauseWorkflowExecutionRequest{WorkflowId: id})
}

func activity(id string) *commandpb.Command {
	return &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
		Attributes: &commandpb.Command_ScheduleActivityTaskCommandAttributes{ScheduleActivityTaskCommandAttributes: &commandpb.ScheduleActivityTaskCommandAttributes{
			ActivityId: id, ActivityType: &commonpb.ActivityType{Name: "Charge"}, StartToCloseTimeout: durationpb.New(patience),
		}},
	}
}

// What is paused is found by its status and by TemporalPauseInfo, as long as it is, and by an index that is made anew.
func TestPausedWorkflowsAreFound(t *testing.T) {
	p := newPlace(t)
	s := p.serve(t.TempDir())
	p.start("w")
	p.start("other")
	p.pause("w", "stocktaking")
	found := one(t, s, "ExecutionStatus = 'Paused'")
	require.Equal(t, "w", found.Execution.WorkflowId)
	require.Nil(t, found.CloseTime, "it is open")
	require.Equal(t, []string{"w"}, ids(t, s, "TemporalPauseInfo = 'Workflow:w' AND TemporalPauseInfo = 'Reason:stocktaking'"))
	open, _, err := s.ListOpenWorkflowExecutions(within(t), testNamespace, &workflowservice.ListOpenWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Len(t, open.Executions, 2)
	closed, _, err := s.ListClosedWorkflowExecutions(within(t), testNamespace, &workflowservice.ListClosedWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.Empty(t, closed.Executions)
	p.requireFresh(s)

	p.unpause("w")
	require.Equal(t, []string{"other", "w"}, ids(t, s, "ExecutionStatus = 'Running' AND TemporalPauseInfo IS NULL"))
	p.complete("w", activity("a"))
	p.must(&workflowservice.PauseActivityRequest{Execution: execution("w"), Activity: &workflowservice.PauseActivityRequest_Id{Id: "a"}})
	require.Equal(t, []string{"w"}, ids(t, s, "TemporalPauseInfo = 'property:activityType=Charge' AND ExecutionStatus = 'Running'"))
	p.pause("w", "")
	p.requireFresh(s)
	p.terminate("w")
	require.Equal(t, []string{"w"}, ids(t, s, "ExecutionStatus = 'Terminated' AND TemporalPauseInfo IS NULL"))
	p.requireFresh(s)
}
