package workflowtest

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// Start starts another workflow beside the one that [Execute] runs, before or during that: for signals and requests to cancel
// between workflows. It is one of those given to [New], or a double of [OnWorkflow]. What is returned is the environment of its
// run, for Signal, Query, Result, Cancel, Terminate and History. The error is serviceerror.WorkflowExecutionAlreadyStarted when a
// workflow of that id is open.
func Start[In, Out any](env *Environment, id string, w workflow.Workflow[In, Out], in In) (*Environment, error) {
	input, err := converter.Encode(env.opts.DataConverter, in)
	if err != nil {
		return nil, fmt.Errorf("input of workflow %s: %w", w.Name(), err)
	}
	if err := env.world.admit(id, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE); err != nil {
		return nil, err
	}
	run := env.world.newRunID()
	return env.world.begin(nil, &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: &commonpb.WorkflowType{Name: w.Name()}, WorkflowId: id, Input: input, Attempt: 1,
		TaskQueue:              &taskqueuepb.TaskQueue{Name: taskQueue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		OriginalExecutionRunId: run, FirstExecutionRunId: run, FirstWorkflowTaskBackoff: durationpb.New(0),
		WorkflowExecutionTimeout: durationpb.New(0), WorkflowRunTimeout: durationpb.New(0), WorkflowTaskTimeout: durationpb.New(taskLimit),
	})
}

// Workflow is the environment of the latest run of a workflow by its id: of a child, or of one that was started. Use it for
// Signal, Query, Result, Cancel, Terminate and History. The error is serviceerror.NotFound when there is none: a child begins
// when the workflow task is completed that asks for it.
func (env *Environment) Workflow(id string) (*Environment, error) {
	return env.world.find(&commonpb.WorkflowExecution{WorkflowId: id})
}

// Result is the output of a workflow that has ended, or what it has ended with: see [Execute].
func Result[Out any](env *Environment) (Out, error) {
	var out Out
	if env.closed == nil {
		return out, fmt.Errorf("result of a workflow: it has not ended: ask when Execute has returned, or later with After")
	}
	result, err := env.outcome(env.task.GetWorkflowType().GetName())
	if err != nil {
		return out, err
	}
	return out, converter.Decode(env.opts.DataConverter, result, &out)
}

// Terminate ends the workflow from outside; its code is not told.
func (env *Environment) Terminate(reason string) { env.happens(func() { env.terminate(reason) }) }

func (env *Environment) terminate(reason string) {
	if env.closed != nil || env.run == nil {
		return
	}
	event := &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{
			WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{Reason: reason},
		},
	}
	env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, event)
	env.ended(event, nil)
}

// id is that of the run.
func (env *Environment) id() *commonpb.WorkflowExecution { return env.task.GetWorkflowExecution() }
