package machine

import (
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

// Input is one request, with all that the machine may not find out by itself.
type Input struct {
	Namespace string
	// Request is a request of the API or of package workerpb, or Due.
	Request proto.Message
	// Now is the time. Time that goes back is held at the run's last record's.
	Now time.Time
	// RunID is the id of the run that this request begins, should it begin one.
	RunID string
	// MaxReply is how many bytes a reply may have; 0: any number.
	MaxReply int
	// Epoch is the owner's: it is stamped on tasks and tokens.
	Epoch uint64
	// Retention is how long a closed run of the namespace can be read.
	Retention time.Duration
	// Chain are the run that a reset begins with and, in order, those that it was continued as; none: it is the latest run.
	Chain []*Run
	// SearchAttributes are the namespace's custom ones, by which those that commands set are checked; nil: they
	// are not checked. A start's have been checked.
	SearchAttributes api.SearchAttributeTypes
	// Limits are the namespace's; nil: Temporal's defaults.
	Limits *api.Limits
}

// Due is the request that time makes: whatever of the run is due happens.
var Due proto.Message = (*workerpb.Task)(nil)

// Decision is what a request leads to.
type Decision struct {
	// Record is to be persisted before anything below is let out; nil when
	// the request changed nothing that is recorded.
	Record *recordpb.Record
	Reply  proto.Message
	// Refusal is answered in place of the reply where a record is written all
	// the same: a workflow task that failed for its commands.
	Refusal error
	// Gather says that the workflow task that this made needed is for signals
	// alone: it may wait a moment for more of them.
	Gather bool
	// Next is the run that began, if one did: it is the workflow's latest now.
	Next *Run
	// Warnings are of what came near to a limit.
	Warnings []Warning
}

// Decide decides one request against the workflow's latest run and changes its state. A
// refusal is an error of package serviceerror and leaves the
// state as it was. ErrBroken says that the state can no longer be trusted and is to be
// rebuilt from what was persisted.
//
// A request that would take the run past the limits of its history ends the run, and is refused with a record.
func Decide(w *Workflow, in Input) (Decision, error) {
	reason, err := outgrown(w, in)
	switch {
	case err != nil:
		return Decision{}, brokenBy(err)
	case reason != "":
		return endOutgrown(w, in, reason)
	}
	return decide(w, in)
}

func decide(w *Workflow, in Input) (Decision, error) {
	t := newTransaction(w, in)
	reply, err := t.decide(in.Request)
	if err != nil {
		if t.written() {
			return Decision{}, brokenBy(err)
		}
		return Decision{}, err
	}
	return t.decision(reply)
}

func (t *transaction) decision(reply proto.Message) (Decision, error) {
	if t.broken != nil {
		return Decision{}, brokenBy(t.broken)
	}
	t.warnOfHistory()
	return Decision{Record: t.finish(), Reply: reply, Refusal: t.refusal, Gather: t.gather, Next: t.next, Warnings: t.warnings}, nil
}

func (t *transaction) decide(request proto.Message) (proto.Message, error) {
	switch q := request.(type) {
	case *workflowservice.StartWorkflowExecutionRequest:
		return t.startWorkflow(q)
	case *workflowservice.SignalWithStartWorkflowExecutionRequest:
		return t.signalWithStart(q)
	case *workflowservice.SignalWorkflowExecutionRequest:
		return t.signal(q)
	case *workflowservice.UpdateWorkflowExecutionRequest:
		return t.update(q)
	case *workflowservice.ExecuteMultiOperationRequest:
		return t.updateWithStart(q)
	case *workflowservice.RequestCancelWorkflowExecutionRequest:
		return t.requestCancel(q)
	case *workflowservice.TerminateWorkflowExecutionRequest:
		return t.terminate(q)
	case *workflowservice.DeleteWorkflowExecutionRequest:
		return t.deleteRun(q)
	case *workflowservice.ResetWorkflowExecutionRequest:
		return t.resetWorkflow(q)
	case *workflowservice.ResetStickyTaskQueueRequest:
		return t.resetSticky(q)
	case *workflowservice.PauseActivityRequest:
		return t.pauseActivity(q)
	case *workflowservice.UnpauseActivityRequest:
		return t.unpauseActivity(q)
	case *workflowservice.ResetActivityRequest:
		return t.resetActivity(q)
	case *workflowservice.UpdateActivityOptionsRequest:
		return t.updateActivityOptions(q)
	case *workflowservice.PauseWorkflowExecutionRequest:
		return t.pauseWorkflow(q)
	case *workflowservice.UnpauseWorkflowExecutionRequest:
		return t.unpauseWorkflow(q)
	case *workflowservice.UpdateWorkflowExecutionOptionsRequest:
		return t.updateOptions(q)
	case *workerpb.Task: // Due
		return t.due()
	case *workerpb.StartTaskRequest:
		return t.startTask(q)
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		return t.workflowTaskCompleted(q)
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		return t.workflowTaskFailed(q)
	}
	if reply, handled, err := t.decideActivity(request); handled {
		return reply, err
	}
	if reply, handled, err := t.decideCall(request); handled {
		return reply, err
	}
	return nil, api.NotImplemented(string(request.ProtoReflect().Descriptor().Name()))
}
