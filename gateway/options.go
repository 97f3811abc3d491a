package gateway

import (
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// checkOptions refuses all options but the priority: versions of workers and the skipping of time are not served.
func checkOptions(r *workflowservice.UpdateWorkflowExecutionOptionsRequest) error {
	options := r.WorkflowExecutionOptions
	switch {
	case r.UpdateMask == nil:
		return first(execution(r.WorkflowExecution), serviceerror.NewInvalidArgument("UpdateMask is required"))
	case options == nil:
		return first(execution(r.WorkflowExecution), serviceerror.NewInvalidArgument("WorkflowExecutionOptions is required"))
	}
	err := first(execution(r.WorkflowExecution), sender(r.Identity, ""), mask(options, r.UpdateMask), api.CheckPriority(options.Priority))
	if err != nil {
		return err
	}
	for _, path := range r.UpdateMask.GetPaths() {
		if parent, _, _ := strings.Cut(path, "."); parent != "priority" {
			return serviceerror.NewInvalidArgumentf("%s cannot be updated: of a workflow's options only the priority can.", parent)
		}
	}
	return nil
}
