package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
)

// A signal that is sent again, and that its workflow had got before it closed, is no error: a workflow's at any time, a client's for a
// while. Another signal finds the workflow closed.
func TestRepeatedSignalsOfClosedRuns(t *testing.T) {
	d := newPlace(t, func(c *Config) { c.RestAfter = time.Nanosecond }).drive(t)
	ofClient := func(requestID, runID string) proto.Message {
		return &workflowservice.SignalWorkflowExecutionRequest{WorkflowExecution: execution("w", runID), SignalName: "go", RequestId: requestID}
	}
	ofWorkflow := func(initiated int64, runID string) proto.Message {
		return &callpb.SignalExternalRequest{
			Execution: execution("w", runID), Caller: &callpb.Caller{Execution: execution("other", "run"), InitiatedEventId: initiated},
			Attributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalName: "go"},
		}
	}
	unknown := func(message proto.Message) {
		_, err := d.outcome(d.decide(message)[0])
		require.ErrorAs(t, err, new(*serviceerror.NotFound))
	}
	run := d.must(start("w"))[0].(*workflowservice.StartWorkflowExecutionResponse).RunId
	d.must(ofClient("s1", ""), ofWorkflow(5, ""))
	d.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution("w", "")})
	d.must(ofClient("s1", ""), ofWorkflow(5, ""), ofClient("s1", run), ofWorkflow(5, run))
	unknown(ofClient("s2", ""))
	unknown(ofWorkflow(6, ""))
	d.restAll()
	d.must(ofWorkflow(5, ""), ofWorkflow(5, run))
	unknown(ofWorkflow(6, ""))
	unknown(ofWorkflow(6, run))
	d.must(start("w"), ofWorkflow(5, run))
	unknown(ofWorkflow(6, run))
	unknown(ofWorkflow(5, "another"))
	require.Empty(t, d.signals("w"))
}
