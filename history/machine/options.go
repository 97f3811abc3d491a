package machine

import (
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// updateOptions gives the run another priority, which is all that can be set from outside. The workflow is given no task
// for it.
func (t *transaction) updateOptions(q *workflowservice.UpdateWorkflowExecutionOptionsRequest) (*workflowservice.UpdateWorkflowExecutionOptionsResponse, error) {
	r, err := t.openRun(q.WorkflowExecution.GetWorkflowId(), q.WorkflowExecution.GetRunId())
	if err != nil {
		return nil, err
	}
	return &workflowservice.UpdateWorkflowExecutionOptionsResponse{
		WorkflowExecutionOptions: t.setOptions(r, q.WorkflowExecutionOptions, q.UpdateMask, q.Identity),
	}, nil
}

// setOptions sets what the mask names, and tells what is set then.
func (t *transaction) setOptions(r *Run, options *workflowpb.WorkflowExecutionOptions, mask *fieldmaskpb.FieldMask, identity string) *workflowpb.WorkflowExecutionOptions {
	priority := r.priority
	for _, path := range mask.GetPaths() {
		if path == "priority" {
			priority = proto.CloneOf(options.GetPriority())
			continue
		}
		priority = priorityWith(priority, options.GetPriority(), path)
	}
	if !proto.Equal(priority, r.priority) {
		t.optionsUpdated(&historypb.WorkflowExecutionOptionsUpdatedEventAttributes{
			UnsetVersioningOverride: true, Identity: identity, Priority: priority,
		}, nil)
	}
	return &workflowpb.WorkflowExecutionOptions{Priority: priority}
}

// applyOptionsUpdated leaves a priority that is not said as it is, as Temporal does.
func (r *Run) applyOptionsUpdated(event *historypb.HistoryEvent, a *historypb.WorkflowExecutionOptionsUpdatedEventAttributes) {
	if a.Priority != nil {
		r.priority = a.Priority
	}
	r.applyAttached(event, a)
}
