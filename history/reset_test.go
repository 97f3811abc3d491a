package history

import (
	"testing"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/workerpb"
)

func reset(id, runID string, event int64, requestID string) *workflowservice.ResetWorkflowExecutionRequest {
	return &workflowservice.ResetWorkflowExecutionRequest{WorkflowExecution: execution(id, runID), WorkflowTaskFinishEventId: event, RequestId: requestID}
}

// A reset of a run that HISTORY has begins one run, however often it is asked for, also when that run is in HISTORY itself.
func TestRepeatedReset(t *testing.T) {
	f := newFamily(t, 1, 1)
	f.code["type"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command {
		return []*commandpb.Command{completeCommand()}
	}
	f.must(startType("w", "type"))
	archived := func() bool { return f.loops[0].active["w"] == nil && closed(f.events("w", "")) }
	f.until(archived)
	first := f.events("w", "")[0].GetWorkflowExecutionStartedEventAttributes().OriginalExecutionRunId
	begun := f.must(reset("w", first, 4, "reset")).(*workflowservice.ResetWorkflowExecutionResponse)
	require.NotEqual(t, first, begun.RunId)
	f.until(archived)
	again := f.must(reset("w", first, 4, "reset")).(*workflowservice.ResetWorkflowExecutionResponse)
	require.Equal(t, begun.RunId, again.RunId)
	other := f.must(reset("w", first, 4, "another")).(*workflowservice.ResetWorkflowExecutionResponse)
	require.NotEqual(t, begun.RunId, other.RunId)
}

// What a run has begun that was reset, and then deleted, is the new run's.
func TestChildOfADeletedBase(t *testing.T) {
	f := newFamily(t, 1, 1)
	f.code["parent"] = func(_ string, events []*historypb.HistoryEvent) []*commandpb.Command {
		if count(events, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) == 0 {
			return []*commandpb.Command{childCommand("child", "child", enumspb.PARENT_CLOSE_POLICY_TERMINATE)}
		}
		return nil
	}
	f.code["child"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command { return nil }
	f.must(startType("parent", "parent"))
	f.until(func() bool { return count(f.events("parent", ""), enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 2 })
	events := f.events("parent", "")
	base := events[0].GetWorkflowExecutionStartedEventAttributes().OriginalExecutionRunId
	var first string
	var initiated, event int64
	for _, e := range events {
		if a := e.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
			first, initiated = a.WorkflowExecution.RunId, a.InitiatedEventId
		}
		if e.EventType == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			event = e.EventId
		}
	}
	f.must(reset("parent", "", event, "reset"))
	d := f.loops[0]
	for _, r := range d.decide(deleteRun("parent", base), &callpb.ChildClosedRequest{
		Execution: execution("parent", base), InitiatedEventId: initiated, Child: execution("child", first), FirstRunId: first,
	}) {
		_, err := d.outcome(r)
		require.NoError(t, err)
	}
	require.Equal(t, 1, count(f.events("parent", ""), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED))
}

// A reset of an earlier run takes along what came to the later ones, also to one that ends while those before it are read.
func TestResetMeetsAContinuation(t *testing.T) {
	f := newFamily(t, 1, 1)
	again := continueCommand()
	f.code["type"] = func(string, []*historypb.HistoryEvent) []*commandpb.Command { return []*commandpb.Command{again} }
	f.must(startType("w", "type"))
	first := f.events("w", "")[0].GetWorkflowExecutionStartedEventAttributes().OriginalExecutionRunId
	require.True(t, f.work())
	f.must(signal("w", "kept"))
	d := f.loops[0]
	f.until(func() bool { return d.active["w"] == nil || len(d.active["w"].closed) == 0 })
	var task []byte
	for task == nil {
		f.step(f.queues.any)
		for _, queued := range f.queues.queued {
			task = f.must(&workerpb.StartTaskRequest{Task: queued, RequestId: "second"}).(*workflowservice.PollWorkflowTaskQueueResponse).TaskToken
		}
	}
	r := newRequest(t, reset("w", first, 4, "reset"))
	require.NoError(t, d.handle(r.request))
	require.Equal(t, 1, d.active["w"].pins, "nothing is read")
	d.decide(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: task, Commands: []*commandpb.Command{again}})
	_, err := d.outcome(r)
	require.NoError(t, err)
	require.Equal(t, []string{"kept"}, signalNames(f.events("w", "")))
}
