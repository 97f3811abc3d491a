package workflowtest

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
)

var background = context.Background()

// ErrBlocked is wrapped by the error of a workflow that waits for something that will not come: a
// signal that the test does not send, a channel that nobody sends to.
var ErrBlocked = errors.New("the workflow waits for ever")

// execute runs the workflow, and what it starts, to the end.
func (env *Environment) execute(name string, input *commonpb.Payloads) error {
	if err := env.start(name, input); err != nil {
		return err
	}
	defer env.world.release()
	return env.world.play()
}

// runTask runs a workflow task, and those that stand in for it while local activities last.
func (env *Environment) runTask() error {
	env.busy = true
	defer func() { env.busy = false }()
	for lasts := true; lasts && env.closed == nil; {
		begin := env.journal.now
		done, err := env.attend()
		if err != nil {
			return withStack(err)
		}
		if err := env.obey(done.GetCommands()); err != nil {
			return err
		}
		if env.journal.now.After(begin) {
			env.catchUp(begin)
		}
		lasts = done.GetForceCreateNewWorkflowTask()
	}
	return nil
}

// attend gives the engine what is new, and writes down that the task is completed, or nothing of it where it was for updates that
// are rejected.
func (env *Environment) attend() (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	if env.world.tasks++; env.world.tasks > maxTasks {
		return nil, fmt.Errorf("workflow %s has run %d workflow tasks, with its children, and is not closed: does it loop?", env.task.GetWorkflowType().GetName(), maxTasks)
	}
	j := &env.journal
	forUpdates := !j.news && env.task.GetPreviousStartedEventId() != 0
	queue := env.started.GetTaskQueue()
	scheduled := j.write(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{TaskQueue: queue, Attempt: 1},
		},
	})
	started := j.write(enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
			WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{ScheduledEventId: scheduled},
		},
	})
	env.task.StartedEventId, env.task.Messages = started, env.updates.take(scheduled)
	done, err := env.run.Handle(background, env.task, j.fresh())
	if err == nil && done == nil {
		done, err = env.awaitLocals()
	}
	if err != nil {
		return nil, err
	}
	env.updates.answered(done.GetMessages())
	if forUpdates && leavesNothing(done) {
		env.discard()
		return done, nil
	}
	env.task.PreviousStartedEventId = started
	j.write(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, SdkMetadata: done.GetSdkMetadata(), MeteringMetadata: done.GetMeteringMetadata(),
			},
		},
	})
	return done, nil
}

// withStack is the error of a workflow task with the stack of the panic that failed it, if it was one.
func withStack(err error) error {
	var failed *engine.TaskFailure
	if errors.As(err, &failed) && failed.Failure.GetStackTrace() != "" {
		return fmt.Errorf("%w\n%s", err, failed.Failure.GetStackTrace())
	}
	return err
}

// outcome is what the closing event says.
func (env *Environment) outcome(name string) (*commonpb.Payloads, error) {
	dc := env.opts.DataConverter
	var cause error
	switch a := env.closed.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes:
		return a.WorkflowExecutionCompletedEventAttributes.GetResult(), nil
	case *historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes:
		next := a.WorkflowExecutionContinuedAsNewEventAttributes
		return nil, &failure.ContinueAsNewError{
			WorkflowType: next.GetWorkflowType().GetName(), Input: next.GetInput(), TaskQueue: next.GetTaskQueue().GetName(),
			RunTimeout: next.GetWorkflowRunTimeout().AsDuration(), TaskTimeout: next.GetWorkflowTaskTimeout().AsDuration(),
		}
	case *historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes:
		cause = failure.ToError(dc, a.WorkflowExecutionFailedEventAttributes.GetFailure())
	case *historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes:
		cause = failure.CanceledWith(dc, a.WorkflowExecutionCanceledEventAttributes.GetDetails())
	case *historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes:
		cause = failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil)
	case *historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes:
		cause = failure.NewTerminatedError(a.WorkflowExecutionTerminatedEventAttributes.GetReason())
	}
	return nil, failure.NewWorkflowExecutionError(env.id().GetWorkflowId(), env.id().GetRunId(), name, cause)
}

func (env *Environment) stacks() (text string) {
	result := env.run.Query(background, &querypb.WorkflowQuery{QueryType: "__stack_trace"})
	if err := converter.Decode(env.opts.DataConverter, result.GetAnswer(), &text); err != nil {
		return err.Error()
	}
	return text
}
