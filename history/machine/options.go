package machine

import (
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// updateOptions gives the run another priority, which is all that can be set from outside. The workflow is given no task
// for it.
func (t *transaction) updateOptions(q *workflowservice.UpdateWorkflowExecutionOptionsRequest) (*workflowservice.UpdateWorkflowExecutionOptionsResponse, error) {
	r, err := t.openRun(q.WorkflowExecution.GetWorkflowId(), q.WorkflowExecution.GetRunId())
	if err != nil {
		return nil, err
	}
	priority := r.priority
	for _, path := range q.GetUpdateMask().GetPaths() {
		if path == "priority" {
			priority = proto.CloneOf(q.GetWorkflowExecutionOptions().GetPriority())
			continue
		}
		priority = priorityWith(priority, q.GetWorkflowExecutionOptions().GetPriority(), path)
	}
	reply := &workflowservice.UpdateWorkflowExecutionOptionsResponse{
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{Priority: priority},
	}
	if proto.Equal(priority, r.priority) {
		return reply, nil
	}
	t.optionsUpdated(&historypb.WorkflowExecutionOptionsUpdatedEventAttributes{
		UnsetVersioningOverride: true, Identity: q.Identity, Priority: priority,
	}, nil)
	return reply, nil
}

// applyOptionsUpdated leaves a priority that is not said as it is, as Temporal does.
func (r *Run) applyOptionsUpdated(event *historypb.HistoryEvent, a *historypb.WorkflowExecutionOptionsUpdatedEventAttributes) {
	if a.Priority != nil {
		r.priority = a.Priority
	}
	r.applyAttached(event, a)
}
