package workflowtest

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/internal/propagation"
)

// admit refuses an id that is taken. The error is serviceerror.WorkflowExecutionAlreadyStarted.
func (w *world) admit(id string, reuse enumspb.WorkflowIdReusePolicy) error {
	last := w.latest[id]
	if last == nil {
		return nil
	}
	refuse := last.closed == nil
	switch reuse {
	case enumspb.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING:
		last.terminate("TerminateIfRunning WorkflowIdReusePolicy")
		return nil
	case enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE:
		refuse = true
	case enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY:
		refuse = refuse || last.closed.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
	}
	if !refuse {
		return nil
	}
	return serviceerror.NewWorkflowExecutionAlreadyStarted(fmt.Sprintf("the workflow id %q is taken", id), "", last.id().GetRunId())
}

// begin begins a run beside that which Execute runs; parent is nil if it has none. The error is that of a workflow which the
// test does not have; it ends the test.
func (w *world) begin(parent *Environment, a *historypb.WorkflowExecutionStartedEventAttributes) (*Environment, error) {
	env := w.memberOf(a.GetWorkflowType().GetName())
	env.parent = parent
	if err := env.begin(a); err != nil {
		err = fmt.Errorf("workflow %s (id %s) cannot begin: %w. Give it to workflowtest.New, or replace it with workflowtest.OnWorkflow", a.GetWorkflowType().GetName(), a.GetWorkflowId(), err)
		w.fail(err)
		return nil, err
	}
	return env, nil
}

// begin writes the first event.
func (env *Environment) begin(a *historypb.WorkflowExecutionStartedEventAttributes) error {
	task := &workflowservice.PollWorkflowTaskQueueResponse{
		WorkflowType:      a.GetWorkflowType(),
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: a.GetWorkflowId(), RunId: a.GetOriginalExecutionRunId()},
	}
	run, err := engine.New(env.registry, env.opts.engine(), task)
	if err != nil {
		return err
	}
	env.task, env.run, env.started = task, run, a
	env.memo, env.attributes = a.GetMemo(), a.GetSearchAttributes()
	earlier := env.journal.events // signals sent before the start come right after it
	env.journal.events = nil
	env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: a},
	})
	for _, event := range earlier {
		env.journal.write(event.GetEventType(), event)
	}
	env.journal.news = true
	if wait := a.GetFirstWorkflowTaskBackoff().AsDuration(); wait > 0 {
		env.asleep = env.agenda.add(env.journal.now.Add(wait), func() { env.asleep = nil })
	}
	if limit := env.expires(); !limit.IsZero() {
		env.limit = env.agenda.add(limit, env.timeOut)
	}
	env.world.joined(env)
	return nil
}

// engine are the settings of a run's engine.
func (o Options) engine() engine.Options {
	return engine.Options{
		DataConverter: o.DataConverter, Logger: o.Logger, Namespace: namespace, DeadlockTimeout: o.DeadlockTimeout,
		Interceptors: aroundWorkflows(propagation.Before(o.Interceptors, o.ContextPropagators)),
	}
}

// expires is when the run times out, or all of its chain; zero for never.
func (env *Environment) expires() time.Time {
	var limit time.Time
	if all := env.started.GetWorkflowExecutionExpirationTime(); all != nil {
		limit = all.AsTime()
	}
	if once := env.started.GetWorkflowRunTimeout().AsDuration(); once > 0 {
		if end := env.journal.now.Add(env.started.GetFirstWorkflowTaskBackoff().AsDuration() + once); limit.IsZero() || end.Before(limit) {
			limit = end
		}
	}
	return limit
}

// wakeUp ends the wait for the first workflow task.
func (env *Environment) wakeUp() {
	env.agenda.remove(env.asleep)
	env.asleep = nil
}
