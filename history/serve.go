package history

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// request brings in what a request needs to know, and then serves it.
func (l *loop) request(r *request) {
	e := l.active[r.workflowID]
	if e == nil {
		e = l.enter(r.workflowID)
		l.load(e)
	}
	if l.aboutDeleted(e, r) {
		return
	}
	if e.loading {
		l.wait(e, r)
		return
	}
	l.serve(e, r)
}

// serve carries out a request on an entry that is loaded.
func (l *loop) serve(e *entry, r *request) {
	if r.task != nil && r.task.Epoch > l.writer.Epoch() {
		l.doubtEpoch(r)
		return
	}
	if e.Run == nil && (!e.known || l.index[e.ID] != nil) {
		if l.load(e); e.loading {
			l.wait(e, r)
			return
		}
	}
	if reads(r) {
		l.read(e, r)
		return
	}
	if r.call.QueueToken != "" {
		if err := e.checkQueue(r); err != nil {
			l.answerLater(r, nil, err)
			return
		}
	}
	if resets(r) {
		l.reset(e, r)
		return
	}
	if updates(r.call.Request) {
		l.update(e, r)
		return
	}
	if runID := canceledRun(r.call.Request); e.isOlder(runID) {
		l.cancelOlder(e, r, runID)
		return
	}
	if l.signalClosed(e, r) {
		return
	}
	if q, starts := r.call.Request.(*callpb.StartChildRequest); starts {
		if run := e.childOf(q.Parent); run != nil {
			l.answerSurely(r, machine.ChildStarted(run), nil)
			return
		}
	}
	if _, deletes := r.call.Request.(*workflowservice.DeleteWorkflowExecutionRequest); deletes {
		l.delete(e, r)
		return
	}
	if signals(r.call.Request) && l.hold(e, r) {
		return
	}
	l.decide(e, r)
}

// doubtEpoch answers whoever has seen a newer owner. If there is one, the next
// frame fails and the shard steps down.
func (l *loop) doubtEpoch(r *request) {
	l.frame.barrier = true
	l.answerLater(r, nil, serviceerror.NewUnavailable(fmt.Sprintf("shard %s: another owner has begun; try again", l.name())))
}

// startsWorkflowTask tells the one request that may be answered by an owner that is none any more: what
// comes of the task is refused.
func startsWorkflowTask(r *request) bool {
	q, ok := r.call.Request.(*workerpb.StartTaskRequest)
	return ok && q.GetTask().GetType() == enumspb.TASK_QUEUE_TYPE_WORKFLOW
}

func reads(r *request) bool {
	switch r.call.Request.(type) {
	case *workflowservice.GetWorkflowExecutionHistoryRequest, *workflowservice.GetWorkflowExecutionHistoryReverseRequest,
		*workflowservice.DescribeWorkflowExecutionRequest, *workflowservice.QueryWorkflowRequest,
		*workflowservice.PollWorkflowExecutionUpdateRequest:
		return true
	}
	return false
}

// checkQueue refuses a worker whose queue is not that of the task.
func (e *entry) checkQueue(r *request) error {
	if r.task == nil || e.Run == nil {
		return nil // nothing of another queue's can be told or done
	}
	return checkToken(e.Run, r.task, r.call.QueueToken)
}

func checkToken(run *machine.Run, task *workerpb.Task, token string) error {
	queue := run.QueueOf(task)
	if queue != "" && api.Token(queue) != token {
		return serviceerror.NewPermissionDenied(fmt.Sprintf("the task is not of the task queue %s that the request came by", token), "")
	}
	return nil
}
