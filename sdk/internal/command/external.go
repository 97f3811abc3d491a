package command

import (
	"strconv"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

type externalState int

const (
	externalCreated externalState = iota
	externalInitiated
	externalDone
)

func (s externalState) String() string { return [...]string{"created", "initiated", "answered"}[s] }

const onAnswered = "answered"

var externalMoves = []move[externalState]{
	{externalCreated, onInitiated, externalInitiated},
	{externalInitiated, onAnswered, externalDone},
}

// External is a signal to another workflow, or a request to cancel it, until it is known what became of it.
type External struct {
	InitiatedEventID int64
	what             string
	state            externalState
}

// NewSignalExternal adds the command that signals another workflow.
func NewSignalExternal(o *Outbox, attrs *commandpb.SignalExternalWorkflowExecutionCommandAttributes) *External {
	x := &External{InitiatedEventID: o.NextEventID(), what: "the signal to another workflow"}
	attrs.Control = x.control() // Temporal's SDK finds its calls by it
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
		Attributes:  &commandpb.Command_SignalExternalWorkflowExecutionCommandAttributes{SignalExternalWorkflowExecutionCommandAttributes: attrs},
	}, x)
	return x
}

// NewCancelExternal adds the command that asks another workflow to cancel.
func NewCancelExternal(o *Outbox, attrs *commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes) *External {
	x := &External{InitiatedEventID: o.NextEventID(), what: "the request to cancel another workflow"}
	attrs.Control = x.control()
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
		Attributes:  &commandpb.Command_RequestCancelExternalWorkflowExecutionCommandAttributes{RequestCancelExternalWorkflowExecutionCommandAttributes: attrs},
	}, x)
	return x
}

// Recorded implements [Machine].
func (x *External) Recorded(*historypb.HistoryEvent) error { return x.step(onInitiated) }

// Answered takes the event that tells whether the other workflow has got it.
func (x *External) Answered() error { return x.step(onAnswered) }

func (x *External) control() string { return strconv.FormatInt(x.InitiatedEventID, 10) }

func (x *External) step(on string) (err error) {
	x.state, err = next(externalMoves, x.state, on, x)
	return err
}

// String names the call in errors.
func (x *External) String() string {
	return x.what + " initiated by event " + strconv.FormatInt(x.InitiatedEventID, 10)
}
