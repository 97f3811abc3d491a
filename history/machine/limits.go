package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
)

// What a run that outgrew a limit is terminated with, in Temporal's words.
const (
	historyTooLarge = "Workflow history size exceeds limit."
	historyTooLong  = "Workflow history count exceeds limit."
)

// Warning is something that came near to a limit: for the service's log.
type Warning struct {
	What      string
	Is, Limit int64
}

func (in Input) limits() *api.Limits {
	if in.Limits == nil {
		return api.DefaultLimits()
	}
	return in.Limits
}

// outgrown is why a request may not be carried out on the run, but ends it, as with Temporal: behind it the history
// would have too many events, or has too many bytes already. "": it may. Near the limit the request is tried on a copy.
func outgrown(w *Workflow, in Input) (reason string, err error) {
	if w.Run == nil || !w.Run.Open() || !w.Run.mayOutgrow(in) {
		return "", nil
	}
	tried, err := w.Run.clone()
	if err != nil {
		return "", err
	}
	size := tried.size
	switch {
	case !grows(&Workflow{ID: w.ID, Run: tried}, in), !tried.Open():
		return "", nil
	case size > in.limits().HistorySize.Error:
		return historyTooLarge, nil
	case tried.eventsTold() > in.limits().HistoryCount.Error:
		return historyTooLong, nil
	}
	return "", nil
}

// grows carries out a request and tells whether it writes anything, or starts a workflow task. A refusal does not.
func grows(w *Workflow, in Input) bool {
	d, err := decide(w, in)
	return err == nil && (d.Record != nil || startsWorkflowTask(in.Request))
}

// mayOutgrow tells whether a request could take the run past its limits. It counts generously; what it misses is met by the next request.
func (r *Run) mayOutgrow(in Input) bool {
	l := in.limits()
	most := int64(64 + 2*len(r.buffered) + 2*len(r.activities) + len(r.timers))
	if q, is := in.Request.(*workflowservice.RespondWorkflowTaskCompletedRequest); is {
		most += int64(3 * (len(q.Commands) + len(q.Messages)))
	}
	return r.size > l.HistorySize.Error || r.lastEvent+most > l.HistoryCount.Error
}

// eventsTold are those of the history, with the start of a workflow task that is not written yet.
func (r *Run) eventsTold() int64 {
	if r.taskStarted != nil && !r.task.Transient {
		return max(r.lastEvent, r.taskStarted.started)
	}
	return r.lastEvent
}

// full tells whether a workflow task may not be started any more.
func (r *Run) full(l *api.Limits) bool {
	return r.size > l.HistorySize.Error || r.nextEvent() > l.HistoryCount.Error
}

func startsWorkflowTask(request proto.Message) bool {
	q, is := request.(*workerpb.StartTaskRequest)
	return is && q.GetTask().GetType() == enumspb.TASK_QUEUE_TYPE_WORKFLOW
}

// endOutgrown terminates the run in place of the request, which is refused. Another workflow that wanted it to end is content.
func endOutgrown(w *Workflow, in Input, reason string) (Decision, error) {
	t := newTransaction(w, in)
	t.terminateRun(reason, nil, ownIdentity, nil)
	var reply proto.Message
	switch in.Request.(type) {
	case *callpb.CancelExternalRequest:
		reply = &workflowservice.RequestCancelWorkflowExecutionResponse{}
	case *callpb.ParentClosedRequest:
		reply = &callpb.ParentClosedResponse{}
	default:
		t.refusal = outgrownRefusal(in.Request, reason)
	}
	return t.decision(reply)
}

func outgrownRefusal(request proto.Message, reason string) error {
	switch {
	case request == Due:
		return nil
	case startsWorkflowTask(request):
		return stale("starting a workflow task")
	}
	return serviceerror.NewInvalidArgument(reason)
}

// clone is a copy that may be changed. The encoded events are shared.
func (r *Run) clone() (*Run, error) {
	batches := make([]*recordpb.Batch, len(r.batches))
	for i, events := range r.batches {
		batches[i] = &recordpb.Batch{Events: events}
	}
	c, err := Restore(r.Snapshot(), batches)
	if err != nil {
		return nil, err
	}
	if r.taskStarted != nil {
		started := *r.taskStarted
		c.taskStarted = &started
	}
	c.lastReply, c.closeAttempted = r.lastReply, r.closeAttempted
	if r.isSpeculative() {
		c.task, c.speculation = proto.CloneOf(r.task), r.speculation
	}
	for _, u := range r.asked {
		c.asked = append(c.asked, &askedUpdate{u.request, u.sent})
	}
	return c, nil
}

// warnOfHistory tells, once a run, that its history has grown large.
func (t *transaction) warnOfHistory() {
	r, l := t.run, t.in.limits()
	if t.record == nil || t.next != nil {
		return
	}
	if limit := l.HistorySize.Warn; t.size <= limit && r.size > limit {
		t.warn(Warning{"the history's size exceeds its warning limit", r.size, limit})
	}
	if limit := l.HistoryCount.Warn; t.events <= limit && r.lastEvent > limit {
		t.warn(Warning{"the history's events exceed their warning limit", r.lastEvent, limit})
	}
}

func (t *transaction) warn(w Warning) { t.warnings = append(t.warnings, w) }

// suggestContinueAsNew is why the workflow should go on in a new run, as its next workflow task tells it.
func (t *transaction) suggestContinueAsNew(started int64) []enumspb.SuggestContinueAsNewReason {
	var reasons []enumspb.SuggestContinueAsNewReason
	l := t.in.limits()
	if t.run.size >= l.HistorySize.SuggestContinueAsNew {
		reasons = append(reasons, enumspb.SUGGEST_CONTINUE_AS_NEW_REASON_HISTORY_SIZE_TOO_LARGE)
	}
	if started >= l.HistoryCount.SuggestContinueAsNew {
		reasons = append(reasons, enumspb.SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_HISTORY_EVENTS)
	}
	if most := l.Updates; most > 0 && t.run.updatesTaken() >= most-most/10 {
		reasons = append(reasons, enumspb.SUGGEST_CONTINUE_AS_NEW_REASON_TOO_MANY_UPDATES)
	}
	return reasons
}
