package gateway

import (
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

func checkPause(r *workflowservice.PauseWorkflowExecutionRequest) error { return checkPausing(r) }

func checkUnpause(r *workflowservice.UnpauseWorkflowExecutionRequest) error { return checkPausing(r) }

// pausing is what both have in common.
type pausing interface {
	GetWorkflowId() string
	GetRunId() string
	GetReason() string
	GetRequestId() string
	GetIdentity() string
}

func checkPausing(r pausing) error {
	return first(
		required("WorkflowId", r.GetWorkflowId()),
		runID(r.GetRunId()),
		notTooLong("reason", r.GetReason()),
		notTooLong("request id", r.GetRequestId()),
		notTooLong("identity", r.GetIdentity()),
	)
}

func notTooLong(what, value string) error {
	if len(value) > api.MaxID {
		return serviceerror.NewInvalidArgumentf("%s is too long.", what)
	}
	return nil
}
