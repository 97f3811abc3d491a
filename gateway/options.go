package gateway

import (
	"strings"

	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/perdure/perdure/api"
)

func checkOptions(r *workflowservice.UpdateWorkflowExecutionOptionsRequest) error {
	return first(execution(r.WorkflowExecution), sender(r.Identity, ""), checkUpdatedOptions(r.WorkflowExecutionOptions, r.UpdateMask))
}

// checkUpdatedOptions refuses all options but the priority: versions of workers and the skipping of time are not served.
func checkUpdatedOptions(options *workflowpb.WorkflowExecutionOptions, paths *fieldmaskpb.FieldMask) error {
	switch {
	case paths == nil:
		return serviceerror.NewInvalidArgument("UpdateMask is required")
	case options == nil:
		return serviceerror.NewInvalidArgument("WorkflowExecutionOptions is required")
	}
	if err := first(mask(options, paths), api.CheckPriority(options.Priority)); err != nil {
		return err
	}
	for _, path := range paths.GetPaths() {
		if parent, _, _ := strings.Cut(path, "."); parent != "priority" {
			return serviceerror.NewInvalidArgumentf("%s cannot be updated: of a workflow's options only the priority can.", parent)
		}
	}
	return nil
}
