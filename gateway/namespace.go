package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

func checkRegisterNamespace(r *workflowservice.RegisterNamespaceRequest) error {
	archives := r.HistoryArchivalState == enumspb.ARCHIVAL_STATE_ENABLED || r.VisibilityArchivalState == enumspb.ARCHIVAL_STATE_ENABLED
	return first(
		api.CheckNamespace(r.Namespace),
		duration("WorkflowExecutionRetentionPeriod", r.WorkflowExecutionRetentionPeriod),
		absent("a global namespace", r.IsGlobalNamespace),
		absent("archival", archives),
	)
}

func checkDescribeNamespace(r *workflowservice.DescribeNamespaceRequest) error {
	if r.Namespace == "" && r.Id == "" {
		return serviceerror.NewInvalidArgument("Namespace is not set on request.")
	}
	if r.Namespace == "" {
		return nil
	}
	return api.CheckNamespace(r.Namespace)
}
