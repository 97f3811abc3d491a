package machine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/history/machine"
)

// A run that is no more than its summary is known by the latest starts that were attached to it.
func TestAttachedToARunAtRest(t *testing.T) {
	w := newWorld()
	start := func(id string) *workflowservice.StartWorkflowExecutionRequest {
		q := startRequest(words{named: map[string]string{"request": id}})
		q.WorkflowIdConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
		q.OnConflictOptions = &workflowpb.OnConflictOptions{AttachRequestId: true, AttachLinks: true}
		q.Links = []*commonpb.Link{{Variant: &commonpb.Link_WorkflowEvent_{WorkflowEvent: &commonpb.Link_WorkflowEvent{WorkflowId: id}}}}
		return q
	}
	for i := range 20 {
		_, refusal, fault := w.decide(start(fmt.Sprint("r", i)))
		require.NoError(t, refusal)
		require.NoError(t, fault)
	}
	last := eventsOf(w.run())[w.run().LastEventID()-1]
	require.True(t, last.WorkerMayIgnore)
	require.Equal(t, "r19", last.Links[0].GetWorkflowEvent().WorkflowId)
	again, _, fault := w.decide(start("r1"))
	require.NoError(t, fault)
	require.Equal(t, w.run().RunID(), again.(*workflowservice.StartWorkflowExecutionResponse).RunId)
	require.Equal(t, last.EventId, w.run().LastEventID(), "an open run knows them all")
	_, _, fault = w.decide(&workflowservice.TerminateWorkflowExecutionRequest{})
	require.NoError(t, fault)

	for id, known := range map[string]bool{"r0": true, "r1": false, "r3": false, "r4": true, "r19": true} {
		rest := &machine.Workflow{ID: workflowID, Last: w.run().Summary()}
		d, err := machine.Decide(rest, w.input(start(id)))
		require.NoError(t, err)
		reply := d.Reply.(*workflowservice.StartWorkflowExecutionResponse)
		require.Equal(t, known, reply.RunId == w.run().RunID(), id)
		require.Equal(t, known, d.Record == nil, id)
		require.Equal(t, id == "r0" || !known, reply.Started, id)
	}
}
