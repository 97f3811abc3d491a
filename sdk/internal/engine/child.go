package engine

import (
	"fmt"
	"strconv"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// child is a child workflow and who waits for it.
type child struct {
	machine *command.Child
	attrs   *commandpb.StartChildWorkflowExecutionCommandAttributes
	ChildWaiter
	canceled func(error) // is told what became of the request to cancel
}

// ChildWaiter is told of a child workflow.
type ChildWaiter struct {
	// Closed is called once: with the result, or with why there is none.
	Closed func(*commonpb.Payloads, error)
	// Started is called once, with the child's id and first run, or, behind Closed, with why it was not started.
	Started func(*commonpb.WorkflowExecution, error)
}

// children are those of a run that are not closed, or whose request to cancel has no answer.
type children struct {
	byInitiated map[int64]*child
	open        map[string]bool // by workflow id
	seed        string          // of ids: the run that the present part of the history was written in
}

// ChildID is the workflow id of the child that is started next, if it has none: Temporal's.
func (e *Env) ChildID() string {
	return e.children.seed + "_" + strconv.FormatInt(e.outbox.NextEventID(), 10)
}

// StartChild starts a child workflow. The returned function asks it to cancel, once it has started: told
// is called with nil when the child has got the request.
func (e *Env) StartChild(attrs *commandpb.StartChildWorkflowExecutionCommandAttributes, metadata *sdkpb.UserMetadata, w ChildWaiter) (cancel func(told func(error))) {
	e.MustBeWritable("start a child workflow")
	if e.discard() {
		return func(func(error)) {}
	}
	if e.children.open[attrs.GetWorkflowId()] { // the server would refuse it; so does Temporal's SDK, without a trace
		err := failure.NewChildWorkflowAlreadyStartedError()
		w.Closed(nil, err)
		w.Started(nil, err)
		return func(func(error)) {}
	}
	c := &child{machine: command.NewChild(&e.outbox, attrs, metadata), attrs: attrs, ChildWaiter: w}
	e.children.add(c)
	return func(told func(error)) {
		if !e.discard() {
			c.canceled = told
			c.machine.Cancel()
		}
	}
}

func (cs *children) add(c *child) {
	if cs.byInitiated == nil {
		cs.byInitiated, cs.open = map[int64]*child{}, map[string]bool{}
	}
	cs.byInitiated[c.machine.InitiatedEventID] = c
	cs.open[c.attrs.GetWorkflowId()] = true
}

// of is the child that an event names by its initiated event.
func (cs *children) of(event *historypb.HistoryEvent, initiated int64) (*child, error) {
	c, ok := cs.byInitiated[initiated]
	if !ok {
		return nil, damaged(event, "no open child workflow was initiated by the event that it names")
	}
	return c, nil
}

// asked is the child whose request to cancel an event is; nil if it is none's.
func (cs *children) asked(initiated int64) *child {
	for _, c := range cs.byInitiated {
		if c.machine.CancelEventID == initiated {
			return c
		}
	}
	return nil
}

func (e *Env) childStarted(event *historypb.HistoryEvent) error {
	a := event.GetChildWorkflowExecutionStartedEventAttributes()
	c, err := e.children.of(event, a.GetInitiatedEventId())
	if err != nil {
		return err
	}
	if err := c.machine.Started(); err != nil {
		return err
	}
	c.Started(a.GetWorkflowExecution(), nil)
	return nil
}

func (e *Env) childStartFailed(event *historypb.HistoryEvent) error {
	a := event.GetStartChildWorkflowExecutionFailedEventAttributes()
	c, err := e.children.of(event, a.GetInitiatedEventId())
	if err != nil {
		return err
	}
	if err := c.machine.StartFailed(); err != nil {
		return err
	}
	e.children.close(c)
	failed := failure.NewChildWorkflowExecutionError(failure.ChildWorkflowInfo{
		Namespace: a.GetNamespace(), WorkflowID: a.GetWorkflowId(), WorkflowType: a.GetWorkflowType().GetName(),
		InitiatedEventID: a.GetInitiatedEventId(), RetryState: enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE,
	}, startFailure(a.GetCause()))
	c.Closed(nil, failed)
	c.Started(nil, failed)
	return nil
}

func startFailure(cause enumspb.StartChildWorkflowExecutionFailedCause) error {
	switch cause {
	case enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS:
		return failure.NewChildWorkflowAlreadyStartedError()
	case enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_NAMESPACE_NOT_FOUND:
		return failure.NewNamespaceNotFoundError()
	default:
		return fmt.Errorf("unable to start child workflow for unknown cause: %s", cause)
	}
}

// childClosed applies one of the five events that close a child.
func (e *Env) childClosed(event *historypb.HistoryEvent) error {
	end := e.childEnd(event)
	c, err := e.children.of(event, end.InitiatedEventID)
	if err != nil {
		return err
	}
	if err := c.machine.Closed(); err != nil {
		return err
	}
	e.children.close(c)
	if end.cause == nil {
		c.Closed(end.result, nil)
		return nil
	}
	c.Closed(nil, failure.NewChildWorkflowExecutionError(end.ChildWorkflowInfo, end.cause))
	return nil
}

// close forgets a closed child, unless its request to cancel has no answer yet.
func (cs *children) close(c *child) {
	delete(cs.open, c.attrs.GetWorkflowId())
	cs.settle(c)
}

func (cs *children) settle(c *child) {
	if c.machine.Done() {
		delete(cs.byInitiated, c.machine.InitiatedEventID)
	}
}

// childCancelOutcome applies what became of the request to cancel a child.
func (e *Env) childCancelOutcome(c *child, err error) error {
	if illegal := c.machine.CancelOutcome(); illegal != nil {
		return illegal
	}
	e.children.settle(c)
	if told := c.canceled; told != nil {
		c.canceled = nil
		told(err)
	}
	return nil
}
