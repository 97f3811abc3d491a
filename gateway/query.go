package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

func checkQuery(r *workflowservice.QueryWorkflowRequest) error {
	if err := execution(r.Execution); err != nil {
		return err
	}
	if r.Query == nil {
		return serviceerror.NewInvalidArgument("WorkflowQuery is not set on request.")
	}
	return first(
		required("QueryType", r.Query.QueryType),
		known("QueryRejectCondition", r.QueryRejectCondition, enumspb.QueryRejectCondition_name),
	)
}
