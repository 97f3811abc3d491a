package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

var declaredChild = workflow.Declare[none, string]("Child")

// The ids of children that have none are of the run that asks for them: behind a reset that is another.
func TestChildIDs(t *testing.T) {
	run := newRun(t, engine.Options{}, workflow.Declare[none, none]("Parent").Implement(func(ctx workflow.Context, _ none) (none, error) {
		workflow.ExecuteChildWorkflow(ctx, declaredChild, none{})
		workflow.DeclareSignal[string]("go").Channel(ctx).Receive(ctx)
		workflow.ExecuteChildWorkflow(ctx, declaredChild, none{})
		return none{}, workflow.Await(ctx, func() bool { return false })
	}))
	events := goldenEvents(t, "child-completed-1")[:6]
	events[4].GetStartChildWorkflowExecutionInitiatedEventAttributes().WorkflowId = "run-1_5"
	events[5].GetChildWorkflowExecutionStartedEventAttributes().WorkflowExecution.WorkflowId = "run-1_5"
	add := func(kind enumspb.EventType, event *historypb.HistoryEvent) {
		event.EventId, event.EventType = int64(len(events))+1, kind
		events = append(events, event)
	}
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &historypb.HistoryEvent{})
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, &historypb.HistoryEvent{})
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{
		WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{Cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW, BaseRunId: "run-1", NewRunId: "run-2"},
	}})
	add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
		WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{SignalName: "go"},
	}})
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &historypb.HistoryEvent{})
	add(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, &historypb.HistoryEvent{})
	done, err := run.handle(events)
	require.NoError(t, err)
	require.Equal(t, "run-2_14", done.GetCommands()[0].GetStartChildWorkflowExecutionCommandAttributes().GetWorkflowId())
}

// A second child of an id that is open is refused without a command, as by Temporal's SDK.
func TestChildOfAnOpenID(t *testing.T) {
	var second, execution error
	run := newRun(t, engine.Options{}, workflow.Declare[none, none]("Parent").Implement(func(ctx workflow.Context, _ none) (none, error) {
		ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "same"})
		workflow.ExecuteChildWorkflow(ctx, declaredChild, none{})
		f := workflow.ExecuteChildWorkflow(ctx, declaredChild, none{})
		_, second = f.Get(ctx)
		_, execution = f.GetChildWorkflowExecution().Get(ctx)
		return none{}, workflow.Await(ctx, func() bool { return false })
	}))
	done, err := run.handle(goldenEvents(t, "child-completed-1")[:3])
	require.NoError(t, err)
	require.Len(t, done.GetCommands(), 1)
	var started *failure.ChildWorkflowExecutionAlreadyStartedError
	require.ErrorAs(t, second, &started)
	require.ErrorAs(t, execution, &started)
}

// Events of children and calls that nobody asked for fail the task as damage of the history.
func TestCallsNobodyAskedFor(t *testing.T) {
	x := &commonpb.WorkflowExecution{WorkflowId: "child", RunId: "run"}
	events := map[enumspb.EventType]*historypb.HistoryEvent{
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED: {Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
			ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{InitiatedEventId: 9, WorkflowExecution: x},
		}},
		enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED:             {},
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:                {},
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:                   {},
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:                 {},
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:                {},
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED:               {},
		enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:              {},
		enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:         {},
		enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:      {},
		enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED: {},
	}
	for kind, event := range events {
		t.Run(kind.String(), func(t *testing.T) {
			run := newRun(t, engine.Options{}, workflow.Declare[none, none]("Parent").Implement(func(ctx workflow.Context, _ none) (none, error) {
				return none{}, workflow.Await(ctx, func() bool { return false })
			}))
			history := goldenEvents(t, "child-completed-1")[:2]
			event.EventId, event.EventType = 3, kind
			started := &historypb.HistoryEvent{EventId: 4, EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED}
			_, err := run.handle(append(history, event, started))
			require.ErrorContains(t, err, "the history is damaged at event 3 "+kind.String())
		})
	}
}
