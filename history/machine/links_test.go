package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// What points at where a request came from stands in its event.
func TestLinksAreKept(t *testing.T) {
	links := func(id string) []*commonpb.Link {
		return []*commonpb.Link{{Variant: &commonpb.Link_WorkflowEvent_{WorkflowEvent: &commonpb.Link_WorkflowEvent{WorkflowId: id}}}}
	}
	start := startRequest(words{})
	start.Links = links("start")
	w := newWorld()
	for _, q := range []proto.Message{
		start,
		&workflowservice.SignalWorkflowExecutionRequest{SignalName: "s", Links: links("signal")},
		&workflowservice.SignalWithStartWorkflowExecutionRequest{SignalName: "s", Links: links("signal with start")},
		&workflowservice.RequestCancelWorkflowExecutionRequest{Links: links("cancel")},
		&workflowservice.TerminateWorkflowExecutionRequest{Links: links("terminate")},
	} {
		_, refusal, fault := w.decide(q)
		require.NoError(t, refusal)
		require.NoError(t, fault)
	}
	var got []string
	for _, event := range eventsOf(w.run()) {
		if event.EventType == enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED {
			continue
		}
		require.Len(t, event.Links, 1, event.EventType)
		got = append(got, event.Links[0].GetWorkflowEvent().WorkflowId)
	}
	require.Equal(t, []string{"start", "signal", "signal with start", "cancel", "terminate"}, got)
}

// Who signals a workflow is told where to find the signal.
func TestSignalLink(t *testing.T) {
	w := newWorld()
	for _, q := range []proto.Message{startRequest(words{}), &workflowservice.SignalWorkflowExecutionRequest{SignalName: "s", RequestId: "request"}} {
		reply, refusal, fault := w.decide(q)
		require.NoError(t, refusal)
		require.NoError(t, fault)
		if signaled, is := reply.(*workflowservice.SignalWorkflowExecutionResponse); is {
			link := signaled.GetLink().GetWorkflowEvent()
			require.Equal(t, w.run().RunID(), link.GetRunId())
			require.Equal(t, "request", link.GetRequestIdRef().GetRequestId())
		}
	}
}
