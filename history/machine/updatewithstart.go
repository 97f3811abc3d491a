package machine

import (
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// errAborted is the error of the operation that was not carried out for the other's.
var errAborted = serviceerror.NewMultiOperationAborted("Operation was aborted.")

// errClosing is the error of an update that no worker had accepted when the run closed for good.
var errClosing = serviceerror.NewNotFound("workflow update was aborted by closing workflow")

// updateWithStart starts a workflow and updates it in one, or updates the one that is there: if the start is a repeated
// one, the update is known, or the policy says so.
func (t *transaction) updateWithStart(q *workflowservice.ExecuteMultiOperationRequest) (*workflowservice.ExecuteMultiOperationResponse, error) {
	start, update := q.Operations[0].GetStartWorkflow(), q.Operations[1].GetUpdateWorkflow().GetRequest()
	if t.run != nil {
		if found, err := t.run.FindUpdateWithStart(q); found != nil || err != nil {
			return found, err
		}
	}
	if t.updatesExisting(start, update.GetMeta().GetUpdateId()) {
		if err := t.admitUpdate(update); err != nil {
			return nil, multiError(errAborted, err)
		}
		started := t.run.startedBefore()
		started.Link = t.startLink(started.RunId)
		return t.run.updatedWithStart(started, update.GetMeta().GetUpdateId())
	}
	if err := (&Run{}).checkUpdateLimits(t.in, proto.Size(update)); err != nil {
		return nil, multiError(errAborted, err)
	}
	started, err := t.startWorkflow(start)
	switch {
	case err != nil:
		return nil, multiError(err, errAborted)
	case t.next == nil: // a repeated start of a run that has closed
		return nil, multiError(alreadyStarted(t.summary(), "Workflow execution already finished. WorkflowId: %v, RunId: %v."), errAborted)
	}
	t.run.asked = append(t.run.asked, &askedUpdate{request: update}) // for its first task, which is written
	return t.run.updatedWithStart(started, update.GetMeta().GetUpdateId())
}

// FindUpdateWithStart answers a start with an update that the run, the workflow's latest, has completed, open or closed; nil: it has
// not.
func (r *Run) FindUpdateWithStart(q *workflowservice.ExecuteMultiOperationRequest) (*workflowservice.ExecuteMultiOperationResponse, error) {
	id := q.Operations[1].GetUpdateWorkflow().GetRequest().GetMeta().GetUpdateId()
	if r.updates[id].GetCompletedEventId() == 0 {
		return nil, nil
	}
	return r.updatedWithStart(r.startedBefore(), id)
}

// startedBefore is the start's part of an answer about a run that was there.
func (r *Run) startedBefore() *workflowservice.StartWorkflowExecutionResponse {
	return &workflowservice.StartWorkflowExecutionResponse{RunId: r.runID, Status: r.status}
}

func (t *transaction) updatesExisting(start *workflowservice.StartWorkflowExecutionRequest, updateID string) bool {
	r := t.run
	return r != nil && r.Open() && (start.RequestId != "" && start.RequestId == r.createdBy || r.updates[updateID] != nil ||
		r.askedUpdate(updateID) != nil || start.WorkflowIdConflictPolicy == enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
}

func (r *Run) updatedWithStart(started *workflowservice.StartWorkflowExecutionResponse, updateID string) (*workflowservice.ExecuteMultiOperationResponse, error) {
	updated, err := r.updateReply(updateID)
	if err != nil {
		return nil, err
	}
	return &workflowservice.ExecuteMultiOperationResponse{Responses: []*workflowservice.ExecuteMultiOperationResponse_Response{
		{Response: &workflowservice.ExecuteMultiOperationResponse_Response_StartWorkflow{StartWorkflow: started}},
		{Response: &workflowservice.ExecuteMultiOperationResponse_Response_UpdateWorkflow{UpdateWorkflow: updated}},
	}}, nil
}

// updateResponse is the update's part of a reply to both.
func updateResponse(reply any) *workflowservice.UpdateWorkflowExecutionResponse {
	both, _ := reply.(*workflowservice.ExecuteMultiOperationResponse)
	if len(both.GetResponses()) != 2 {
		return nil
	}
	return both.Responses[1].GetUpdateWorkflow()
}

// multiError is the error of both operations, in Temporal's words; nil: that one was carried out.
func multiError(start, update error) error {
	message := "Reason unknown"
	switch {
	case start != nil && !errors.Is(start, errAborted):
		message = fmt.Sprintf("Start failed: %v", start)
	case update != nil && !errors.Is(update, errAborted):
		message = fmt.Sprintf("Update failed: %v", update)
	}
	return serviceerror.NewMultiOperationExecution("MultiOperation could not be executed: "+message, []error{start, update})
}

// UpdateError is an error of an update as the request is answered with it. reply is what was to be answered otherwise: a start that
// was carried out has no error.
func UpdateError(request, reply any, err error) error {
	if _, both := request.(*workflowservice.ExecuteMultiOperationRequest); !both {
		return err
	}
	if startedBy(reply) {
		return multiError(nil, err)
	}
	return multiError(errAborted, err)
}

// startedBy tells whether a reply to both is of a request that has started the workflow.
func startedBy(reply any) bool {
	both, _ := reply.(*workflowservice.ExecuteMultiOperationResponse)
	return len(both.GetResponses()) == 2 && both.Responses[0].GetStartWorkflow().GetStarted()
}

// IsAskedAgain tells whether an update that ended is asked anew: of the run that follows, or, if it came with a start that found
// its run open, of the one that is started then.
func (e UpdateEnd) IsAskedAgain(request, reply any) bool {
	if e.Err == nil {
		return e.Outcome == nil
	}
	_, both := request.(*workflowservice.ExecuteMultiOperationRequest)
	return both && errors.Is(e.Err, errClosing) && !startedBy(reply)
}
