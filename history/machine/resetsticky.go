package machine

import (
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// resetSticky forgets the worker that holds the run in its cache: the next workflow task is any worker's, with the
// whole history.
func (t *transaction) resetSticky(q *workflowservice.ResetStickyTaskQueueRequest) (*workflowservice.ResetStickyTaskQueueResponse, error) {
	r, err := t.openRun(q.GetExecution().GetWorkflowId(), q.GetExecution().GetRunId())
	if err != nil {
		return nil, err
	}
	if r.sticky != nil {
		t.change(&recordpb.Change{Change: &recordpb.Change_Sticky{Sticky: &recordpb.Sticky{}}})
	}
	return &workflowservice.ResetStickyTaskQueueResponse{}, nil
}
