package engine

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// external is a call to another workflow and who waits for its answer.
type external struct {
	machine *command.External
	done    func(error)
}

// SignalExternal signals another workflow; done is called once, with nil when it has got the signal.
func (e *Env) SignalExternal(attrs *commandpb.SignalExternalWorkflowExecutionCommandAttributes, done func(error)) {
	e.MustBeWritable("signal another workflow")
	if !e.discard() {
		e.call(command.NewSignalExternal(&e.outbox, attrs), done)
	}
}

// CancelExternal asks another workflow to cancel; done is called once, with nil when it has got the request.
func (e *Env) CancelExternal(attrs *commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes, done func(error)) {
	e.MustBeWritable("cancel another workflow")
	if !e.discard() {
		e.call(command.NewCancelExternal(&e.outbox, attrs), done)
	}
}

func (e *Env) call(m *command.External, done func(error)) {
	if e.externals == nil {
		e.externals = map[int64]*external{}
	}
	e.externals[m.InitiatedEventID] = &external{machine: m, done: done}
}

func (e *Env) externalSignaled(event *historypb.HistoryEvent) error {
	return e.answered(event, event.GetExternalWorkflowExecutionSignaledEventAttributes().GetInitiatedEventId(), nil)
}

func (e *Env) externalSignalFailed(event *historypb.HistoryEvent) error {
	a := event.GetSignalExternalWorkflowExecutionFailedEventAttributes()
	return e.answered(event, a.GetInitiatedEventId(), signalFailure(a.GetCause()))
}

func (e *Env) externalCanceled(event *historypb.HistoryEvent) error {
	initiated := event.GetExternalWorkflowExecutionCancelRequestedEventAttributes().GetInitiatedEventId()
	if c := e.children.asked(initiated); c != nil {
		return e.childCancelOutcome(c, nil)
	}
	return e.answered(event, initiated, nil)
}

func (e *Env) externalCancelFailed(event *historypb.HistoryEvent) error {
	a := event.GetRequestCancelExternalWorkflowExecutionFailedEventAttributes()
	if c := e.children.asked(a.GetInitiatedEventId()); c != nil {
		return e.childCancelOutcome(c, cancelFailure(a.GetCause()))
	}
	return e.answered(event, a.GetInitiatedEventId(), cancelFailure(a.GetCause()))
}

func (e *Env) answered(event *historypb.HistoryEvent, initiated int64, err error) error {
	x, ok := e.externals[initiated]
	if !ok {
		return damaged(event, "no call of another workflow was initiated by the event that it names, or it is answered")
	}
	if err := x.machine.Answered(); err != nil {
		return err
	}
	delete(e.externals, initiated)
	x.done(err)
	return nil
}

func signalFailure(cause enumspb.SignalExternalWorkflowExecutionFailedCause) error {
	switch cause {
	case enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND:
		return failure.NewUnknownExternalWorkflowError()
	case enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_NAMESPACE_NOT_FOUND:
		return failure.NewNamespaceNotFoundError()
	default:
		return fmt.Errorf("unable to signal external workflow for unknown cause: %s", cause)
	}
}

func cancelFailure(cause enumspb.CancelExternalWorkflowExecutionFailedCause) error {
	switch cause {
	case enumspb.CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND:
		return failure.NewUnknownExternalWorkflowError()
	case enumspb.CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_NAMESPACE_NOT_FOUND:
		return failure.NewNamespaceNotFoundError()
	default:
		return fmt.Errorf("unable to cancel external workflow for unknown cause: %s", cause)
	}
}
