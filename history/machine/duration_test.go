package machine_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

// Whatever durations commands bring, the history can be told as JSON, and those that are too long are Temporal's hundred years.
func TestDurationsOfCommands(t *testing.T) {
	w := newWorld()
	s := newScript(w)
	for _, line := range []string{"start", "start-task"} {
		require.NotContains(t, s.do(parseCommand([]string{line})), "FAULT")
	}
	odd := func() *durationpb.Duration { return &durationpb.Duration{Seconds: 1, Nanos: 2e9} }
	long := func() *durationpb.Duration { return &durationpb.Duration{Seconds: math.MaxInt64} }
	_, refusal, fault := w.decide(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: s.tokens["task"], Commands: []*commandpb.Command{
		newCommand(enumspb.COMMAND_TYPE_START_TIMER, &commandpb.Command_StartTimerCommandAttributes{StartTimerCommandAttributes: &commandpb.StartTimerCommandAttributes{
			TimerId: "t", StartToFireTimeout: odd(),
		}}),
		newCommand(enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK, &commandpb.Command_ScheduleActivityTaskCommandAttributes{ScheduleActivityTaskCommandAttributes: &commandpb.ScheduleActivityTaskCommandAttributes{
			ActivityId: "a", ActivityType: &commonpb.ActivityType{Name: "A"}, StartToCloseTimeout: odd(), HeartbeatTimeout: odd(), RetryPolicy: &commonpb.RetryPolicy{InitialInterval: odd(), MaximumInterval: long()},
		}}),
		newCommand(enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION, &commandpb.Command_StartChildWorkflowExecutionCommandAttributes{StartChildWorkflowExecutionCommandAttributes: &commandpb.StartChildWorkflowExecutionCommandAttributes{
			WorkflowId: "c", WorkflowType: &commonpb.WorkflowType{Name: "C"}, WorkflowExecutionTimeout: long(), WorkflowRunTimeout: odd(), WorkflowTaskTimeout: odd(),
		}}),
		newCommand(enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION, &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{ContinueAsNewWorkflowExecutionCommandAttributes: &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{
			WorkflowRunTimeout: odd(), WorkflowTaskTimeout: odd(), BackoffStartInterval: odd(),
		}}),
	}})
	require.NoError(t, refusal)
	require.NoError(t, fault)
	before, next := eventsOf(w.runs()[0]), eventsOf(w.run())
	for _, event := range append(before, next...) {
		_, err := protojson.Marshal(event)
		require.NoError(t, err, event)
	}
	require.Equal(t, 3*time.Second, next[0].GetWorkflowExecutionStartedEventAttributes().WorkflowRunTimeout.AsDuration())
	child := before[len(before)-2].GetStartChildWorkflowExecutionInitiatedEventAttributes()
	require.Equal(t, api.LongestDuration, child.WorkflowExecutionTimeout.AsDuration())
}
