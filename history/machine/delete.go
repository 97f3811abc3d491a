package machine

import (
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// deleteRun ends an open run, and says in the same record that it is deleted. What is left of it is for
// the shard to remove, and so is a run that has closed before (Deletion).
func (t *transaction) deleteRun(q *workflowservice.DeleteWorkflowExecutionRequest) (*workflowservice.DeleteWorkflowExecutionResponse, error) {
	execution := q.GetWorkflowExecution()
	if _, err := t.openRun(execution.GetWorkflowId(), execution.GetRunId()); err != nil {
		return nil, err
	}
	t.terminateRun("Delete workflow execution", nil, ownIdentity, nil)
	t.of.Deleted = true
	return &workflowservice.DeleteWorkflowExecutionResponse{}, nil
}

// Deletion is the record that deletes a run that has closed before. No state comes of it.
func Deletion(workflowID, runID string, now time.Time) *recordpb.Record {
	return &recordpb.Record{
		WorkflowId: workflowID, Time: now.UnixNano(), Runs: []*recordpb.RunRecord{{RunId: runID, Deleted: true}},
	}
}

// DeletesClosed tells whether the part is a Deletion's.
func DeletesClosed(part *recordpb.RunRecord) bool { return part.Deleted && len(part.Changes) == 0 }
