package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/workflow"
)

func (f fixture) startEager(t *testing.T, id string) (client.Run[receipt], error) {
	t.Helper()
	return client.Start(within(t), f.client, checkout, order{ID: id, Items: 1}, client.StartOptions{ID: id, TaskQueue: queue, EnableEagerStart: true})
}

func TestEagerStarts(t *testing.T) {
	f := newFixture(t)
	f.service.SetEager(true)
	w := f.worker(t, Options{}, checkout.Implement(chargeItems), charge.Implement(chargeOne))
	for i := range 20 {
		id := fmt.Sprint("o", i)
		run, err := f.startEager(t, id)
		require.NoError(t, err)
		out, err := run.Result(within(t))
		require.NoError(t, err)
		require.Equal(t, "charged "+id+"-0;", out.Text)
	}
	require.Zero(t, f.service.Count(api.StartWorkflowTask), "no task is pulled")

	// A service that sends no task, or an error, leaves the slot free.
	f.service.SetEager(false)
	run, err := f.startEager(t, "plain")
	require.NoError(t, err)
	_, err = run.Result(within(t))
	require.NoError(t, err)
	_, err = f.startEager(t, "plain")
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, err, &already)
	require.NoError(t, w.Stop())
	_, took := f.client.Eager().Take(queue, checkout.Name())
	require.False(t, took, "a worker that has stopped takes none")
}

// What no worker of the client can run at once is not asked for.
func TestEagerStartsNeedASlot(t *testing.T) {
	f := newFixture(t)
	f.service.SetEager(true)
	asked := make(chan bool, 3)
	f.service.On("StartWorkflowExecution", func(r proto.Message) (proto.Message, error) {
		asked <- r.(*workflowservice.StartWorkflowExecutionRequest).GetRequestEagerExecution()
		return &workflowservice.StartWorkflowExecutionResponse{RunId: "r"}, nil
	})
	_, err := f.startEager(t, "nobody")
	require.NoError(t, err)
	require.False(t, <-asked)

	w := f.worker(t, Options{}, charge.Implement(chargeOne))
	_, err = f.startEager(t, "activities alone")
	require.NoError(t, err)
	require.False(t, <-asked)
	require.NoError(t, w.Stop())

	w = f.worker(t, Options{}, checkout.Implement(chargeItems))
	_, known := w.takeEager("Unknown")
	require.False(t, known)
	slots := w.workflowSlots.Take(w.options.MaxConcurrentWorkflowTasks)
	defer w.workflowSlots.Give(slots)
	_, err = f.startEager(t, "busy")
	require.NoError(t, err)
	require.False(t, <-asked)
}

// That the worker cannot read the first task is not the start's failure.
func TestAnEagerTaskThatCannotBeRead(t *testing.T) {
	f := newFixture(t)
	absent, err := api.NewReference(api.PayloadIDOf([]byte("x")), 1<<20)
	require.NoError(t, err)
	f.service.On(api.DescribePayloads, func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewFailedPrecondition("no bucket")
	})
	f.service.On("StartWorkflowExecution", func(proto.Message) (proto.Message, error) {
		started := &historypb.WorkflowExecutionStartedEventAttributes{Input: &commonpb.Payloads{Payloads: []*commonpb.Payload{absent}}}
		return &workflowservice.StartWorkflowExecutionResponse{RunId: "r", EagerWorkflowTask: &workflowservice.PollWorkflowTaskQueueResponse{
			Attempt: 1, WorkflowType: &commonpb.WorkflowType{Name: checkout.Name()}, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "o", RunId: "r"},
			History: &historypb.History{Events: []*historypb.HistoryEvent{{
				EventId: 1, Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: started},
			}}},
		}}, nil
	})
	failures := f.service.Calls("RespondWorkflowTaskFailed")
	f.service.On("RespondWorkflowTaskFailed", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
	})
	f.worker(t, Options{}, checkout.Implement(chargeItems))
	run, err := f.startEager(t, "o")
	require.NoError(t, err)
	require.Equal(t, "r", run.RunID())
	require.Contains(t, receive(t, failures).(*workflowservice.RespondWorkflowTaskFailedRequest).GetFailure().GetMessage(), "no bucket")
}

// A stop does not wait for ever for the answer to a start.
func TestAStopEndsAnEagerStart(t *testing.T) {
	f := newFixture(t)
	w := f.worker(t, Options{StopTimeout: -1}, checkout.Implement(chargeItems))
	run, took := w.takeEager(checkout.Name())
	require.True(t, took)
	require.NoError(t, w.Stop())
	run(&workflowservice.PollWorkflowTaskQueueResponse{})
	_, took = w.takeEager(checkout.Name())
	require.False(t, took, "it takes no more")
}

// An activity that is cancelled by the task which schedules it is not to run.
func TestACancelledActivityIsNotAskedFor(t *testing.T) {
	f := newFixture(t)
	code := checkout.Implement(func(ctx workflow.Context, in order) (receipt, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		of, cancel := workflow.WithCancel(ctx)
		workflow.ExecuteActivity(of, charge, in)
		cancel()
		_, err := workflow.ExecuteActivity(ctx, charge, in).Get(ctx)
		return receipt{}, err
	})
	f.worker(t, Options{}, code, charge.Implement(func(context.Context, order) (string, error) { return "", nil }))
	completions := f.service.Calls("RespondWorkflowTaskCompleted")
	f.start(t, "o", 1)
	var asked []bool
	for _, command := range receive(t, completions).(*workflowservice.RespondWorkflowTaskCompletedRequest).GetCommands() {
		asked = append(asked, command.GetScheduleActivityTaskCommandAttributes().GetRequestEagerExecution())
	}
	require.Equal(t, []bool{false, false, true}, asked, "the second of two activities")
}
