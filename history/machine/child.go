package machine

import (
	"cmp"
	"slices"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/internal/cron"
)

// child is a pending child workflow and the event that asked for it.
type child struct {
	*recordpb.Child
	initiated *historypb.HistoryEvent
}

func (c *child) attributes() *historypb.StartChildWorkflowExecutionInitiatedEventAttributes {
	return c.initiated.GetStartChildWorkflowExecutionInitiatedEventAttributes()
}

func (c *child) execution(runID string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: c.attributes().GetWorkflowId(), RunId: runID}
}

func (c *commandCheck) startChild(a *commandpb.StartChildWorkflowExecutionCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_START_CHILD_EXECUTION_ATTRIBUTES
	if a == nil {
		return badCommand(cause, "StartChildWorkflowExecutionCommandAttributes is not set on command.")
	}
	workflowType, id := a.WorkflowType.GetName(), a.WorkflowId
	foreign := c.foreignNamespace(a.Namespace)
	switch {
	case foreign != "":
		return badCommand(cause, "%s", foreign)
	case id == "":
		return badCommand(cause, "Required field WorkflowId is not set on StartChildWorkflowExecutionCommand. WorkflowType=%s Namespace=%s", workflowType, a.Namespace)
	case workflowType == "":
		return badCommand(cause, "Required field WorkflowType is not set on StartChildWorkflowExecutionCommand. WorkflowId=%s Namespace=%s", id, a.Namespace)
	case tooLong(id), tooLong(workflowType), tooLong(a.TaskQueue.GetName()):
		return badCommand(cause, "WorkflowId, WorkflowType or TaskQueue on StartChildWorkflowExecutionCommand exceeds length limit.")
	case anyNegative(a.WorkflowExecutionTimeout, a.WorkflowRunTimeout, a.WorkflowTaskTimeout):
		return badCommand(cause, "A time-out on StartChildWorkflowExecutionCommand is negative. WorkflowId=%s WorkflowType=%s Namespace=%s", id, workflowType, a.Namespace)
	case a.VersioningOverride != nil:
		return notImplemented("worker versioning")
	}
	if problem := checkRetryPolicy(a.RetryPolicy); problem != "" {
		return badCommand(cause, "invalid WorkflowRetryPolicy on StartChildWorkflowExecutionCommand: %s WorkflowId=%s WorkflowType=%s Namespace=%s", problem, id, workflowType, a.Namespace)
	}
	if err := cron.Check(a.CronSchedule, time.Unix(0, c.run.lastTime)); err != nil {
		return badCommand(cause, "invalid CronSchedule on StartChildWorkflowExecutionCommand: %s WorkflowId=%s WorkflowType=%s Namespace=%s", err, id, workflowType, a.Namespace)
	}
	if problem := c.searchAttributes(a.SearchAttributes); problem != "" {
		return badCommand(enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES, "invalid SearchAttributes on StartChildWorkflowCommand: %s. WorkflowId=%s WorkflowType=%s Namespace=%s", problem, id, workflowType, a.Namespace)
	}
	if err := api.CheckPriority(a.Priority); err != nil {
		return badCommand(cause, "%v", err)
	}
	if c.children == nil {
		c.children = map[string]bool{}
	}
	c.children[id] = true
	return nil
}

func (t *transaction) startChildWorkflow(command *commandpb.Command, completedID int64) {
	a := command.GetStartChildWorkflowExecutionCommandAttributes()
	initiated := &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
		WorkflowTaskCompletedEventId: completedID, Namespace: t.in.Namespace, WorkflowId: a.WorkflowId, WorkflowType: a.WorkflowType,
		TaskQueue: t.childQueue(a.TaskQueue), Header: a.Header, Input: a.Input, WorkflowExecutionTimeout: capped(a.WorkflowExecutionTimeout), Control: a.Control,
		WorkflowIdReusePolicy: cmp.Or(a.WorkflowIdReusePolicy, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE), CronSchedule: a.CronSchedule,
		Memo: a.Memo, SearchAttributes: a.SearchAttributes, ParentClosePolicy: cmp.Or(a.ParentClosePolicy, enumspb.PARENT_CLOSE_POLICY_TERMINATE),
		InheritBuildId: a.InheritBuildId, Priority: a.Priority,
	}
	run, task := cappedTimeouts(a.WorkflowExecutionTimeout, a.WorkflowRunTimeout, a.WorkflowTaskTimeout)
	initiated.WorkflowRunTimeout, initiated.WorkflowTaskTimeout = durationpb.New(run), durationpb.New(task)
	if a.RetryPolicy != nil {
		initiated.RetryPolicy = fillRetryPolicy(a.RetryPolicy)
	}
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{StartChildWorkflowExecutionInitiatedEventAttributes: initiated},
	})
}

// childQueue is the parent's own where the command names none.
func (t *transaction) childQueue(q *taskqueuepb.TaskQueue) *taskqueuepb.TaskQueue {
	if q.GetName() == "" {
		return t.run.normalQueue()
	}
	return normalized(q)
}

func (r *Run) addChild(c *recordpb.Child, initiated *historypb.HistoryEvent) {
	if r.children == nil {
		r.children = map[int64]*child{}
	}
	r.children[c.InitiatedEventId] = &child{c, initiated}
}

// applyChildStarted is told of a start twice if it was buffered: first without the event's id.
func (r *Run) applyChildStarted(event *historypb.HistoryEvent, a *historypb.ChildWorkflowExecutionStartedEventAttributes) {
	if c := r.children[a.InitiatedEventId]; c != nil {
		c.RunId, c.StartedEventId = a.WorkflowExecution.GetRunId(), event.EventId
	}
}

func (r *Run) startChildRequest(c *child) *callpb.StartChildRequest {
	return &callpb.StartChildRequest{
		Execution: c.execution(""), Parent: r.caller(c.InitiatedEventId), Root: r.root(), Attributes: c.attributes(),
		UserMetadata: c.initiated.UserMetadata, Priority: mergedPriority(r.priority, c.attributes().GetPriority()),
	}
}

// root is the run that all of this one's family descend from.
func (r *Run) root() *commonpb.WorkflowExecution {
	if root := r.start.GetRootWorkflowExecution(); root != nil {
		return root
	}
	return r.execution()
}

// mergedPriority is a child's: what it does not set is its parent's.
func mergedPriority(parent, own *commonpb.Priority) *commonpb.Priority {
	switch {
	case parent == nil:
		return own
	case own == nil:
		return parent
	}
	return &commonpb.Priority{
		PriorityKey: cmp.Or(own.PriorityKey, parent.PriorityKey), FairnessKey: cmp.Or(own.FairnessKey, parent.FairnessKey),
		FairnessWeight: cmp.Or(own.FairnessWeight, parent.FairnessWeight),
	}
}

// childOutcome records whether the child has begun.
func (t *transaction) childOutcome(c *child, q *callpb.CallOutcome) {
	switch outcome := q.Outcome.(type) {
	case *callpb.CallOutcome_ChildRunId:
		t.arrive(childStarted(c, outcome.ChildRunId))
	case *callpb.CallOutcome_StartFailed:
		a := c.attributes()
		t.arrive(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED,
			Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionFailedEventAttributes{StartChildWorkflowExecutionFailedEventAttributes: &historypb.StartChildWorkflowExecutionFailedEventAttributes{
				Namespace: a.Namespace, WorkflowId: a.WorkflowId, WorkflowType: a.WorkflowType, Cause: outcome.StartFailed, Control: a.Control,
				InitiatedEventId: c.InitiatedEventId, WorkflowTaskCompletedEventId: 0,
			}},
		})
	}
}

func childStarted(c *child, runID string) *historypb.HistoryEvent {
	a := c.attributes()
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
			Namespace: a.Namespace, InitiatedEventId: c.InitiatedEventId, WorkflowExecution: c.execution(runID), WorkflowType: a.WorkflowType, Header: a.Header,
		}},
	}
}

// childClosed records a child's end, and its start, should that not have been heard of.
func (t *transaction) childClosed(q *callpb.ChildClosedRequest) (*callpb.ChildClosedResponse, error) {
	runID := q.Execution.GetRunId()
	if t.run != nil && t.run.continues(runID) {
		runID = t.run.runID
	}
	r, err := t.openRun(q.Execution.GetWorkflowId(), runID)
	if err != nil {
		return nil, err
	}
	c := r.children[q.InitiatedEventId]
	if c == nil || c.attributes().GetWorkflowId() != q.Child.GetWorkflowId() || c.RunId != "" && c.RunId != q.FirstRunId {
		return nil, notTheChild(q.Child.GetWorkflowId())
	}
	var events []*historypb.HistoryEvent
	if c.RunId == "" {
		events = append(events, childStarted(c, q.FirstRunId))
	}
	t.arrive(append(events, childClosedEvent(c, q))...)
	return &callpb.ChildClosedResponse{}, nil
}

// childClosedEvent is the parent's event of its child's last.
func childClosedEvent(c *child, q *callpb.ChildClosedRequest) *historypb.HistoryEvent {
	of := c.attributes()
	id, started, namespace := c.InitiatedEventId, c.StartedEventId, of.Namespace
	event := &historypb.HistoryEvent{}
	switch a := q.CloseEvent.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		event.EventType = enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{ChildWorkflowExecutionCompletedEventAttributes: &historypb.ChildWorkflowExecutionCompletedEventAttributes{
			Namespace: namespace, WorkflowExecution: q.Child, WorkflowType: of.WorkflowType, InitiatedEventId: id, StartedEventId: started,
			Result: a.WorkflowExecutionCompletedEventAttributes.Result,
		}}
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		event.EventType = enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes{ChildWorkflowExecutionFailedEventAttributes: &historypb.ChildWorkflowExecutionFailedEventAttributes{
			Namespace: namespace, WorkflowExecution: q.Child, WorkflowType: of.WorkflowType, InitiatedEventId: id, StartedEventId: started,
			Failure: a.WorkflowExecutionFailedEventAttributes.Failure, RetryState: a.WorkflowExecutionFailedEventAttributes.RetryState,
		}}
	case *historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes:
		event.EventType = enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes{ChildWorkflowExecutionCanceledEventAttributes: &historypb.ChildWorkflowExecutionCanceledEventAttributes{
			Namespace: namespace, WorkflowExecution: q.Child, WorkflowType: of.WorkflowType, InitiatedEventId: id, StartedEventId: started,
			Details: a.WorkflowExecutionCanceledEventAttributes.Details,
		}}
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		event.EventType = enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionTimedOutEventAttributes{ChildWorkflowExecutionTimedOutEventAttributes: &historypb.ChildWorkflowExecutionTimedOutEventAttributes{
			Namespace: namespace, WorkflowExecution: q.Child, WorkflowType: of.WorkflowType, InitiatedEventId: id, StartedEventId: started,
			RetryState: a.WorkflowExecutionTimedOutEventAttributes.RetryState,
		}}
	default: // terminated
		event.EventType = enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED
		event.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes{ChildWorkflowExecutionTerminatedEventAttributes: &historypb.ChildWorkflowExecutionTerminatedEventAttributes{
			Namespace: namespace, WorkflowExecution: q.Child, WorkflowType: of.WorkflowType, InitiatedEventId: id, StartedEventId: started,
		}}
	}
	return event
}

// childEnd is what the event that ends a child says of it: which one, and where the id of its start is; nil for other events.
func childEnd(event *historypb.HistoryEvent) (initiated int64, started *int64) {
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes:
		return a.ChildWorkflowExecutionCompletedEventAttributes.InitiatedEventId, &a.ChildWorkflowExecutionCompletedEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes:
		return a.ChildWorkflowExecutionFailedEventAttributes.InitiatedEventId, &a.ChildWorkflowExecutionFailedEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes:
		return a.ChildWorkflowExecutionCanceledEventAttributes.InitiatedEventId, &a.ChildWorkflowExecutionCanceledEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ChildWorkflowExecutionTimedOutEventAttributes:
		return a.ChildWorkflowExecutionTimedOutEventAttributes.InitiatedEventId, &a.ChildWorkflowExecutionTimedOutEventAttributes.StartedEventId
	case *historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes:
		return a.ChildWorkflowExecutionTerminatedEventAttributes.InitiatedEventId, &a.ChildWorkflowExecutionTerminatedEventAttributes.StartedEventId
	}
	return 0, nil
}

func (r *Run) pendingChildren() []*workflowpb.PendingChildExecutionInfo {
	var pending []*workflowpb.PendingChildExecutionInfo
	for _, c := range r.children {
		a := c.attributes()
		pending = append(pending, &workflowpb.PendingChildExecutionInfo{
			WorkflowId: a.WorkflowId, RunId: c.RunId, WorkflowTypeName: a.WorkflowType.GetName(),
			InitiatedId: c.InitiatedEventId, ParentClosePolicy: a.ParentClosePolicy,
		})
	}
	slices.SortFunc(pending, func(a, b *workflowpb.PendingChildExecutionInfo) int { return int(a.InitiatedId - b.InitiatedId) })
	return pending
}

// linkChildStarted gives a child's close event the id of its start, if that is one of the events before it.
func linkChildStarted(event *historypb.HistoryEvent, before []*historypb.HistoryEvent) {
	initiated, started := childEnd(event)
	if started == nil {
		return
	}
	for _, earlier := range before {
		if s := earlier.GetChildWorkflowExecutionStartedEventAttributes(); s != nil && s.InitiatedEventId == initiated {
			*started = earlier.EventId
			return
		}
	}
}
