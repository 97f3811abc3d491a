package history

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/history/machine"
)

// repeatable is a signal that may have been sent before.
type repeatable struct {
	runID, requestID string
	// calls says that a workflow has sent it, whose shard sends it again until it is answered, however late.
	calls bool
}

func repeatableSignal(request proto.Message) (s repeatable, is bool) {
	switch q := request.(type) {
	case *workflowservice.SignalWorkflowExecutionRequest:
		s = repeatable{q.WorkflowExecution.GetRunId(), q.RequestId, false}
	case *callpb.SignalExternalRequest:
		if q.Caller.GetExecution().GetWorkflowId() != q.Execution.GetWorkflowId() { // none is ever delivered to its sender
			s = repeatable{q.Execution.GetRunId(), machine.CallRequestID(q.Caller), true}
		}
	}
	return s, s.requestID != ""
}

// signalClosed serves a signal to a run that has closed: one that is sent again, and that the run had got, is no error. A
// client's is looked for as long as the run is in memory: who loses an answer with its connection asks again at once. False: it is none of these.
func (l *loop) signalClosed(e *entry, r *request) bool {
	s, is := repeatableSignal(r.call.Request)
	if !is {
		return false
	}
	id, runID, run := e.ID, s.runID, e.findRun(s.runID)
	switch {
	case run != nil && run.Open():
		return false
	case run == nil && (!s.calls || e.Run == nil && e.Last == nil):
		return false
	case run == nil && runID == "":
		runID = e.Last.RunId
	}
	l.fetch(e, r, func(ctx context.Context) func(*entry) {
		got, err := l.hasSignal(ctx, run, id, runID, s.requestID)
		return func(e *entry) {
			switch {
			case err != nil:
				l.answerSurely(r, nil, err)
			case got:
				l.answerSurely(r, &workflowservice.SignalWorkflowExecutionResponse{}, nil)
			case e.loading:
				l.wait(e, r)
			default:
				l.decide(e, r)
			}
		}
	})
	return true
}

// hasSignal tells whether a closed run has got the signal of a request; nil: the run is read from HISTORY, if that has it.
func (sh *shard) hasSignal(ctx context.Context, run *machine.Run, id, runID, requestID string) (bool, error) {
	if run == nil {
		reading, done := context.WithTimeout(ctx, loadTimeout)
		defer done()
		var err error
		var missing *serviceerror.NotFound
		if run, err = sh.closedRun(reading, id, runID); errors.As(err, &missing) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	got, err := run.HasSignal(requestID)
	if err != nil {
		return false, serviceerror.NewDataLoss(err.Error())
	}
	return got, nil
}
