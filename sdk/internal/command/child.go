package command

import (
	"strconv"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
)

type childState int

const (
	childCreated childState = iota
	childInitiated
	childStarted
	childCanceling
	childCancelInitiated
	childClosed
	childClosedEarly
)

func (s childState) String() string {
	return [...]string{"created", "initiated", "started", "being cancelled", "asked to cancel", "closed", "closed and still asked to cancel"}[s]
}

const (
	onInitiated     = "initiated"
	onStartFailed   = "refused"
	onCancelOutcome = "told of its request to cancel"
)

var childMoves = []move[childState]{
	{childCreated, onInitiated, childInitiated},
	{childInitiated, onStarted, childStarted},
	{childInitiated, onStartFailed, childClosed},
	{childStarted, onCancel, childCanceling},
	{childStarted, onClosed, childClosed},
	{childCanceling, onCancelRequested, childCancelInitiated},
	// The cancel is issued while the events of a task are applied, and a later one closes the child.
	{childCanceling, onClosed, childClosed},
	{childCancelInitiated, onCancelOutcome, childStarted},
	{childCancelInitiated, onClosed, childClosedEarly},
	{childClosedEarly, onCancelOutcome, childClosed},
}

// Child is a child workflow from the command that starts it until it is closed.
type Child struct {
	InitiatedEventID int64
	// CancelEventID is the event of the request to cancel, once there is one.
	CancelEventID int64
	attrs         *commandpb.StartChildWorkflowExecutionCommandAttributes
	state         childState
	asked         bool // to cancel, once
	outbox        *Outbox
	cancel        *commandpb.Command
}

// NewChild adds the command that starts a child.
func NewChild(o *Outbox, attrs *commandpb.StartChildWorkflowExecutionCommandAttributes, metadata *sdkpb.UserMetadata) *Child {
	c := &Child{InitiatedEventID: o.NextEventID(), attrs: attrs, outbox: o}
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION, UserMetadata: metadata,
		Attributes: &commandpb.Command_StartChildWorkflowExecutionCommandAttributes{StartChildWorkflowExecutionCommandAttributes: attrs},
	}, c)
	return c
}

// Cancel adds the command that asks the child to cancel. It does nothing before the child has started,
// when it is closed, and when it was asked before: the server finds no child to cancel behind a command that
// starts one.
func (c *Child) Cancel() {
	if c.asked || c.step(onCancel) != nil {
		return
	}
	c.asked = true
	c.cancel = &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_RequestCancelExternalWorkflowExecutionCommandAttributes{
			RequestCancelExternalWorkflowExecutionCommandAttributes: &commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes{
				Namespace: c.attrs.GetNamespace(), WorkflowId: c.attrs.GetWorkflowId(), ChildWorkflowOnly: true,
			},
		},
	}
	c.outbox.Add(c.cancel, c)
}

// Recorded implements [Machine].
func (c *Child) Recorded(e *historypb.HistoryEvent) error {
	if e.GetEventType() == enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED {
		c.CancelEventID = e.GetEventId()
		return c.step(onCancelRequested)
	}
	return c.step(onInitiated)
}

// Started takes ChildWorkflowExecutionStarted.
func (c *Child) Started() error { return c.step(onStarted) }

// StartFailed takes StartChildWorkflowExecutionFailed.
func (c *Child) StartFailed() error { return c.step(onStartFailed) }

// CancelOutcome takes what became of the request to cancel: ExternalWorkflowExecutionCancelRequested, or
// RequestCancelExternalWorkflowExecutionFailed. It may come behind the child's end.
func (c *Child) CancelOutcome() error { return c.step(onCancelOutcome) }

// Closed takes ChildWorkflowExecutionCompleted, Failed, TimedOut, Canceled or Terminated. A cancel that
// was not sent yet is taken back.
func (c *Child) Closed() error {
	if err := c.step(onClosed); err != nil {
		return err
	}
	c.outbox.Remove(c.cancel)
	return nil
}

// Done tells whether no event can follow.
func (c *Child) Done() bool { return c.state == childClosed }

func (c *Child) step(on string) (err error) {
	c.state, err = next(childMoves, c.state, on, c)
	return err
}

// String names the child in errors.
func (c *Child) String() string {
	return "the child workflow initiated by event " + strconv.FormatInt(c.InitiatedEventID, 10)
}
