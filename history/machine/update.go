package machine

import (
	"cmp"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/recordpb"
)

// An update is admitted in memory alone, goes to a worker with a workflow task (updatetask.go), and is in the history
// once the worker has accepted it. What is not accepted is lost with the owner, and asked for again by its caller, under the
// same id.

// Stages of an update.
const (
	stageAdmitted  = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED
	stageAccepted  = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED
	stageCompleted = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
)

// mostFailedAttempts is from which attempt of the workflow task on no update is admitted: the workflow is broken. Temporal's value.
const mostFailedAttempts = 3

// askedUpdate is an update that is not accepted yet: soft.
type askedUpdate struct {
	request *updatepb.Request
	// sent says that the present workflow task has taken it along.
	sent bool
}

func (u *askedUpdate) id() string { return u.request.GetMeta().GetUpdateId() }

// UpdateEnd is what became of an update that the history does not tell of.
type UpdateEnd struct {
	ID string
	// Outcome is that of a rejected one.
	Outcome *updatepb.Outcome
	// Err is why it was not carried out. With neither, it is to be asked of the run that has begun.
	Err error
}

// EndedUpdates are the ends of updates since the last call that the run's history does not tell of. Of a run that was recovered, nobody
// waits for those.
func (r *Run) EndedUpdates() []UpdateEnd {
	ended := r.updatesEnded
	r.updatesEnded = nil
	return ended
}

func (r *Run) askedUpdate(id string) *askedUpdate {
	for _, u := range r.asked {
		if u.id() == id {
			return u
		}
	}
	return nil
}

// forgetAsked takes an update off those that are not accepted.
func (r *Run) forgetAsked(id string) {
	r.asked = slices.DeleteFunc(r.asked, func(u *askedUpdate) bool { return u.id() == id })
}

// endUpdate ends an update that the history does not tell of.
func (r *Run) endUpdate(end UpdateEnd) {
	r.forgetAsked(end.ID)
	r.updatesEnded = append(r.updatesEnded, end)
}

// update admits an update of the open run, or finds it. The reply says how far it has come: whoever wants more waits.
func (t *transaction) update(q *workflowservice.UpdateWorkflowExecutionRequest) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	r, execution := t.run, q.GetWorkflowExecution()
	if r == nil || execution.GetRunId() != "" && r.runID != execution.GetRunId() {
		return nil, t.notFound(execution.GetWorkflowId())
	}
	if !inChain(r, q.FirstExecutionRunId) {
		return nil, UnknownWorkflow(r.workflowID)
	}
	if err := t.admitUpdate(q.GetRequest()); err != nil {
		return nil, err
	}
	return r.updateReply(q.GetRequest().GetMeta().GetUpdateId())
}

// admitUpdate lets an update wait for a workflow task, and makes one if there is none. One that is known is left as it is.
func (t *transaction) admitUpdate(request *updatepb.Request) error {
	r, id := t.run, request.GetMeta().GetUpdateId()
	known := r.updates[id] != nil || r.askedUpdate(id) != nil
	if known && !r.Open() {
		return nil
	}
	if err := t.mayUpdate(); err != nil { // one that is known, too: polls tell of it
		return err
	}
	if known {
		return nil
	}
	if err := r.checkUpdateLimits(t.in, proto.Size(request)); err != nil {
		return err
	}
	r.asked = append(r.asked, &askedUpdate{request: request})
	t.speculate()
	return nil
}

// mayUpdate refuses updates of a run that is in no state to take any.
func (t *transaction) mayUpdate() error {
	r := t.run
	switch {
	case !r.Open():
		return serviceerror.NewNotFound("workflow execution already completed")
	case r.pause != nil:
		return serviceerror.NewFailedPrecondition("Workflow is paused. Cannot update the workflow.")
	case r.taskAttempt >= mostFailedAttempts:
		return serviceerror.NewWorkflowNotReady("Unable to perform workflow execution update due to Workflow Task in failed state.")
	}
	return r.checkClosing()
}

// updateReply says how far an update has come.
func (r *Run) updateReply(id string) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	stage, outcome, err := r.updateStage(id)
	if err != nil {
		return nil, err
	}
	return &workflowservice.UpdateWorkflowExecutionResponse{
		UpdateRef: &updatepb.UpdateRef{WorkflowExecution: r.execution(), UpdateId: id}, Stage: stage, Outcome: outcome,
	}, nil
}

// updateStage is how far an update has come; NotFound: there is none of that id. One that was accepted and not completed
// when the run closed has failed by that.
func (r *Run) updateStage(id string) (enumspb.UpdateWorkflowExecutionLifecycleStage, *updatepb.Outcome, error) {
	u := r.updates[id]
	switch {
	case u == nil && r.askedUpdate(id) != nil:
		return stageAdmitted, nil, nil
	case u == nil:
		return 0, nil, serviceerror.NewNotFoundf("update %q not found", id)
	case u.CompletedEventId != 0:
		event, err := r.decodedEvent(u.CompletedEventId)
		if err != nil {
			return 0, nil, brokenBy(err)
		}
		return stageCompleted, event.GetWorkflowExecutionUpdateCompletedEventAttributes().GetOutcome(), nil
	case u.Rejection != nil:
		return stageCompleted, rejected(u.Rejection), nil
	case !r.Open() && u.AcceptedEventId == 0:
		return 0, nil, errClosing
	case !r.Open():
		return stageCompleted, closedOverUpdate(), nil
	case u.AcceptedEventId != 0:
		return stageAccepted, nil, nil
	}
	return stageAdmitted, nil, nil
}

// closedOverUpdate is the outcome of an update whose workflow closed before it was completed, in Temporal's words.
func closedOverUpdate() *updatepb.Outcome {
	return failedOutcome("AcceptedUpdateCompletedWorkflow", "Workflow Update failed because the Workflow completed before the Update completed.")
}

func rejected(failure *failurepb.Failure) *updatepb.Outcome {
	return &updatepb.Outcome{Value: &updatepb.Outcome_Failure{Failure: failure}}
}

func failedOutcome(kind, message string) *updatepb.Outcome {
	return &updatepb.Outcome{Value: &updatepb.Outcome_Failure{Failure: &failurepb.Failure{
		Message: message, Source: "Server",
		FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: kind, NonRetryable: true}},
	}}}
}

// UpdateProgress refreshes a reply about an update that was given before, and tells whether it has come as far as the
// request wants. NotFound: the run does not know the update, or no longer.
func (r *Run) UpdateProgress(request, reply proto.Message) (enough bool, err error) {
	ref, wanted := updateOf(request, reply)
	stage, outcome, err := r.updateStage(ref.GetUpdateId())
	if err != nil {
		return false, err
	}
	setProgress(reply, stage, outcome)
	return stage >= wanted, nil
}

// EndProgress puts the outcome of an update that the history does not tell of into a reply that was given before.
func EndProgress(reply proto.Message, outcome *updatepb.Outcome) {
	setProgress(reply, stageCompleted, outcome)
}

// UpdateID is the id of the update that a reply speaks of.
func UpdateID(request, reply proto.Message) string {
	ref, _ := updateOf(request, reply)
	return ref.GetUpdateId()
}

// updateOf is the update that a reply speaks of, and which stage of it the request waits for.
func updateOf(request, reply proto.Message) (*updatepb.UpdateRef, enumspb.UpdateWorkflowExecutionLifecycleStage) {
	switch q := request.(type) {
	case *workflowservice.UpdateWorkflowExecutionRequest:
		return reply.(*workflowservice.UpdateWorkflowExecutionResponse).GetUpdateRef(), q.GetWaitPolicy().GetLifecycleStage()
	case *workflowservice.PollWorkflowExecutionUpdateRequest:
		return q.GetUpdateRef(), q.GetWaitPolicy().GetLifecycleStage()
	case *workflowservice.ExecuteMultiOperationRequest:
		return updateResponse(reply).GetUpdateRef(), q.Operations[1].GetUpdateWorkflow().GetWaitPolicy().GetLifecycleStage()
	}
	return nil, 0
}

func setProgress(reply proto.Message, stage enumspb.UpdateWorkflowExecutionLifecycleStage, outcome *updatepb.Outcome) {
	switch reply := reply.(type) {
	case *workflowservice.UpdateWorkflowExecutionResponse:
		reply.Stage, reply.Outcome = stage, outcome
	case *workflowservice.PollWorkflowExecutionUpdateResponse:
		reply.Stage, reply.Outcome = stage, outcome
	case *workflowservice.ExecuteMultiOperationResponse:
		setProgress(updateResponse(reply), stage, outcome)
	}
}

// FindUpdate answers a request about an update of a run that changes nothing: a poll, or an update of a closed run.
func (r *Run) FindUpdate(request proto.Message) (proto.Message, error) {
	switch q := request.(type) {
	case *workflowservice.PollWorkflowExecutionUpdateRequest:
		stage, outcome, err := r.updateStage(q.GetUpdateRef().GetUpdateId())
		if err != nil {
			return nil, err
		}
		return &workflowservice.PollWorkflowExecutionUpdateResponse{
			Stage: stage, Outcome: outcome,
			UpdateRef: &updatepb.UpdateRef{WorkflowExecution: r.execution(), UpdateId: q.GetUpdateRef().GetUpdateId()},
		}, nil
	case *workflowservice.UpdateWorkflowExecutionRequest:
		id := q.GetRequest().GetMeta().GetUpdateId()
		if !inChain(r, q.FirstExecutionRunId) {
			return nil, UnknownWorkflow(r.workflowID)
		}
		if r.updates[id] == nil {
			return nil, serviceerror.NewNotFound("workflow execution already completed")
		}
		reply, err := r.updateReply(id)
		if err != nil {
			return nil, err
		}
		return reply, nil
	}
	return nil, serviceerror.NewInternal("a request that is about no update")
}

// updateFor is what is recorded of an update, made if there is nothing.
func (r *Run) updateFor(id string) *recordpb.Update {
	if r.updates == nil {
		r.updates = map[string]*recordpb.Update{}
	}
	if r.updates[id] == nil {
		r.updates[id] = &recordpb.Update{UpdateId: id}
	}
	return r.updates[id]
}

func (r *Run) applyUpdateEvent(event *historypb.HistoryEvent) {
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAdmittedEventAttributes:
		r.updateFor(a.WorkflowExecutionUpdateAdmittedEventAttributes.GetRequest().GetMeta().GetUpdateId()).AdmittedEventId = event.EventId
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes:
		id := a.WorkflowExecutionUpdateAcceptedEventAttributes.ProtocolInstanceId
		r.updateFor(id).AcceptedEventId = event.EventId
		r.forgetAsked(id)
	case *historypb.HistoryEvent_WorkflowExecutionUpdateCompletedEventAttributes:
		r.updateFor(a.WorkflowExecutionUpdateCompletedEventAttributes.GetMeta().GetUpdateId()).CompletedEventId = event.EventId
	}
}

// closeUpdates ends the updates that no worker has accepted when the run closes: they are asked of the run that follows, or
// of nobody.
func (r *Run) closeUpdates(event *historypb.HistoryEvent) {
	var refusal error
	if successorOf(event) == "" {
		refusal = errClosing
	}
	for _, id := range r.admittedUpdates() {
		r.endUpdate(UpdateEnd{ID: id, Err: refusal})
	}
	for len(r.asked) > 0 {
		r.endUpdate(UpdateEnd{ID: r.asked[0].id(), Err: refusal})
	}
}

// admittedUpdates are those that a reset has brought back and that no worker has answered, in their order.
func (r *Run) admittedUpdates() (ids []string) {
	for id, u := range r.updates {
		if u.AcceptedEventId == 0 && u.Rejection == nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(r.updates[a].AdmittedEventId, r.updates[b].AdmittedEventId) })
	return ids
}
