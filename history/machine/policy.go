package machine

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api/recordpb"
)

// admission is what a start says of a run that has its id already.
type admission struct {
	requestID string
	reuse     enumspb.WorkflowIdReusePolicy
	conflict  enumspb.WorkflowIdConflictPolicy
	// attaches says that the start may have been attached to a run before.
	attaches bool
}

// foundRun is the run that a start came upon in place of a new one.
type foundRun struct {
	*recordpb.Summary
	created  bool // by this very request
	attached bool // this very request, before
}

// admit decides whether a run may begin. It returns the run to answer with in
// its place, or nil when it may; an open one is terminated where the policy says so.
func (t *transaction) admit(a admission) (*foundRun, error) {
	switch last := t.summary(); {
	case last == nil:
		return nil, nil
	case a.requestID != "" && last.CreateRequestId == a.requestID:
		return &foundRun{Summary: last, created: true}, nil
	case a.attaches && t.wasAttached(last, a.requestID):
		return &foundRun{Summary: last, attached: true}, nil
	case isOpen(last.Status):
		return t.admitBesideOpen(a, last)
	default:
		return nil, admitAfterClosed(a, last)
	}
}

// summary is what is known of the latest run; nil: there is none.
func (t *transaction) summary() *recordpb.Summary {
	if t.run != nil {
		return t.run.Summary()
	}
	return t.workflow.Last
}

func (t *transaction) admitBesideOpen(a admission, open *recordpb.Summary) (*foundRun, error) {
	terminate := a.conflict == enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING ||
		a.reuse == enumspb.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING
	switch {
	case a.conflict == enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING:
		return &foundRun{Summary: open}, nil
	case terminate:
		t.terminateRun("TerminateIfRunning WorkflowIdReusePolicy", jsonPayload("terminated by new runID: "+t.in.RunID), ownIdentity, nil)
		return nil, nil
	}
	return nil, alreadyStarted(open, "Workflow execution is already running. WorkflowId: %v, RunId: %v.")
}

func admitAfterClosed(a admission, closed *recordpb.Summary) error {
	switch a.reuse {
	case enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY:
		if closed.Status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
			return alreadyStarted(closed, "Workflow execution already finished successfully. WorkflowId: %v, RunId: %v. Workflow Id reuse policy: allow duplicate workflow Id if last run failed.")
		}
	case enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:
		return alreadyStarted(closed, "Workflow execution already finished. WorkflowId: %v, RunId: %v. Workflow Id reuse policy: reject duplicate workflow Id.")
	}
	return nil
}

func alreadyStarted(run *recordpb.Summary, format string) error {
	return serviceerror.NewWorkflowExecutionAlreadyStarted(fmt.Sprintf(format, run.WorkflowId, run.RunId), run.CreateRequestId, run.RunId)
}

func jsonPayload(text string) *commonpb.Payloads {
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{{
		Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"` + text + `"`),
	}}}
}

// openRun finds the open run that a request names; an empty run id is the latest.
func (t *transaction) openRun(workflowID, runID string) (*Run, error) {
	r := t.run
	if r == nil || runID != "" && r.runID != runID || !r.Open() {
		return nil, t.notFound(workflowID)
	}
	return r, nil
}

// notFound tells a workflow that has closed from one that never was.
func (t *transaction) notFound(workflowID string) error {
	if t.run != nil && !t.run.Open() || t.run == nil && t.workflow.Last != nil {
		return serviceerror.NewNotFound("workflow execution already completed")
	}
	return UnknownWorkflow(workflowID)
}

// UnknownWorkflow is the answer about a workflow id, or a run, of which there is nothing: serviceerror.NotFound.
func UnknownWorkflow(workflowID string) error {
	return serviceerror.NewNotFoundf("workflow not found for ID: %s", workflowID)
}
