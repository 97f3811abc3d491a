package history

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
)

// To cancel a run that has closed is no error, whether it is the latest or not, in memory or in HISTORY; a run that never was is not found.
func TestCancelOfClosedRuns(t *testing.T) {
	d := newPlace(t, func(c *Config) { c.RestAfter = time.Nanosecond }).drive(t)
	cancel := func(runID string) []proto.Message {
		return []proto.Message{
			&workflowservice.RequestCancelWorkflowExecutionRequest{WorkflowExecution: execution("w", runID)},
			&callpb.CancelExternalRequest{
				Execution: execution("w", runID), Caller: &callpb.Caller{Execution: execution("other", uuid.NewString()), InitiatedEventId: 5},
				Attributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{},
			},
		}
	}
	var runs []string
	for range 3 {
		begun := d.must(start("w"))[0].(*workflowservice.StartWorkflowExecutionResponse)
		for _, before := range runs {
			d.must(cancel(before)...)
		}
		d.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution("w", begun.RunId)})
		runs = append(runs, begun.RunId)
		d.must(cancel(begun.RunId)...)
		d.must(cancel("")...)
		d.restAll()
		for _, before := range runs {
			d.must(cancel(before)...)
		}
		for _, message := range cancel(uuid.NewString()) {
			_, err := d.outcome(d.decide(message)[0])
			require.ErrorAs(t, err, new(*serviceerror.NotFound))
		}
	}
	d.must(deleteRun("w", runs[0]))
	_, err := d.outcome(d.decide(cancel(runs[0])[0])[0])
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
	require.Len(t, d.events("w"), 3)
}
