package workflowtest

import (
	"cmp"
	"fmt"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// child is a child workflow that has not ended, and the event that asked for it.
type child struct {
	env       *Environment // the parent's
	event     *historypb.StartChildWorkflowExecutionInitiatedEventAttributes
	initiated int64
	started   int64 // the event; 0 while there is none
}

// refusalOfChild is why the server would refuse to start a child: the workflow's task would fail there, again and again.
func refusalOfChild(a *commandpb.StartChildWorkflowExecutionCommandAttributes) error {
	why := badPolicy(a.GetRetryPolicy())
	if min(a.GetWorkflowExecutionTimeout().AsDuration(), a.GetWorkflowRunTimeout().AsDuration(), a.GetWorkflowTaskTimeout().AsDuration()) < 0 {
		why = "a time-out is negative"
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("child workflow %s (id %s) cannot be started: %s", a.GetWorkflowType().GetName(), a.GetWorkflowId(), why)
}

// startChild writes down that the child is asked for; it begins when the workflow task is through.
func (env *Environment) startChild(c *commandpb.Command, task int64) {
	a := c.GetStartChildWorkflowExecutionCommandAttributes()
	run, once := childTimeouts(a)
	event := &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
		Namespace: namespace, WorkflowId: a.GetWorkflowId(), WorkflowType: a.GetWorkflowType(), TaskQueue: a.GetTaskQueue(), Input: a.GetInput(),
		WorkflowExecutionTimeout: a.GetWorkflowExecutionTimeout(), WorkflowRunTimeout: durationpb.New(run), WorkflowTaskTimeout: durationpb.New(once),
		ParentClosePolicy:     cmp.Or(a.GetParentClosePolicy(), enumspb.PARENT_CLOSE_POLICY_TERMINATE),
		WorkflowIdReusePolicy: cmp.Or(a.GetWorkflowIdReusePolicy(), enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE),
		CronSchedule:          a.GetCronSchedule(), Header: a.GetHeader(), Memo: a.GetMemo(), SearchAttributes: a.GetSearchAttributes(),
		InheritBuildId: a.GetInheritBuildId(), Control: a.GetControl(), Priority: a.GetPriority(), WorkflowTaskCompletedEventId: task,
	}
	if a.GetRetryPolicy() != nil {
		event.RetryPolicy = attempt.Policy(a.GetRetryPolicy())
	}
	asked := &child{env: env, event: event}
	asked.initiated = env.journal.write(enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, &historypb.HistoryEvent{
		UserMetadata: c.GetUserMetadata(),
		Attributes:   &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{StartChildWorkflowExecutionInitiatedEventAttributes: event},
	})
	env.children[asked.initiated] = asked
	env.world.call(asked.begin)
}

// childTimeouts are those of a run and of a workflow task, as the server caps them.
func childTimeouts(a *commandpb.StartChildWorkflowExecutionCommandAttributes) (run, task time.Duration) {
	run, task = a.GetWorkflowRunTimeout().AsDuration(), cmp.Or(a.GetWorkflowTaskTimeout().AsDuration(), taskLimit)
	if all := a.GetWorkflowExecutionTimeout().AsDuration(); all > 0 && (run == 0 || run > all) {
		run = all
	}
	if run > 0 {
		task = min(task, run)
	}
	return run, task
}

// begin begins the child, unless its id is taken, or its parent has ended.
func (c *child) begin() {
	env := c.env
	if env.closed != nil {
		return
	}
	if err := env.world.admit(c.event.GetWorkflowId(), c.event.GetWorkflowIdReusePolicy()); err != nil {
		c.refused()
		return
	}
	run, err := env.world.begin(env, c.first())
	if err != nil {
		return // it ends the test
	}
	c.started = env.journal.write(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
			Namespace: namespace, InitiatedEventId: c.initiated, WorkflowExecution: run.id(), WorkflowType: c.event.GetWorkflowType(), Header: c.event.GetHeader(),
		}},
	})
	env.journal.news = true
}

// first describes the child's first run.
func (c *child) first() *historypb.WorkflowExecutionStartedEventAttributes {
	a, parent, run := c.event, c.env, c.env.world.newRunID()
	root := parent.started.GetRootWorkflowExecution()
	if root == nil {
		root = parent.id()
	}
	started := &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: a.GetWorkflowType(), WorkflowId: a.GetWorkflowId(), TaskQueue: a.GetTaskQueue(), Input: a.GetInput(), Header: a.GetHeader(),
		WorkflowExecutionTimeout: a.GetWorkflowExecutionTimeout(), WorkflowRunTimeout: a.GetWorkflowRunTimeout(), WorkflowTaskTimeout: a.GetWorkflowTaskTimeout(),
		OriginalExecutionRunId: run, FirstExecutionRunId: run, Attempt: 1, FirstWorkflowTaskBackoff: durationpb.New(0),
		RetryPolicy: a.GetRetryPolicy(), CronSchedule: a.GetCronSchedule(), Memo: a.GetMemo(), SearchAttributes: a.GetSearchAttributes(), Priority: a.GetPriority(),
		ParentWorkflowNamespace: namespace, ParentWorkflowExecution: parent.id(), ParentInitiatedEventId: c.initiated, RootWorkflowExecution: root,
	}
	if all := a.GetWorkflowExecutionTimeout().AsDuration(); all > 0 {
		started.WorkflowExecutionExpirationTime = timestamppb.New(parent.journal.now.Add(all))
	}
	return started
}

func (c *child) refused() {
	delete(c.env.children, c.initiated)
	c.env.journal.write(enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionFailedEventAttributes{StartChildWorkflowExecutionFailedEventAttributes: &historypb.StartChildWorkflowExecutionFailedEventAttributes{
			Namespace: namespace, WorkflowId: c.event.GetWorkflowId(), WorkflowType: c.event.GetWorkflowType(), Control: c.event.GetControl(),
			Cause: enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS, InitiatedEventId: c.initiated,
		}},
	})
	c.env.journal.news = true
}

// parentClosed does with the child what its policy says.
func (c *child) parentClosed() {
	w, parent := c.env.world, c.env.id()
	w.call(func() {
		run, err := w.find(&commonpb.WorkflowExecution{WorkflowId: c.event.GetWorkflowId()})
		if err != nil || !run.childOf(c.env) || run.started.GetParentInitiatedEventId() != c.initiated {
			return
		}
		switch c.event.GetParentClosePolicy() {
		case enumspb.PARENT_CLOSE_POLICY_TERMINATE:
			run.terminate("by parent close policy")
		case enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL:
			run.requestCancel(&historypb.WorkflowExecutionCancelRequestedEventAttributes{ExternalWorkflowExecution: parent})
		}
	})
}

func (env *Environment) childOf(parent *Environment) bool { return env.parent == parent }
