package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.uber.org/goleak"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type none = workflow.None

func alone[Out any](fn func(workflow.Context) (Out, error)) workflow.Implementation {
	return workflow.Declare[none, Out]("Alone").Implement(func(ctx workflow.Context, _ none) (Out, error) { return fn(ctx) })
}

// run is an execution with its task.
type run struct {
	*engine.Execution
	task     *workflowservice.PollWorkflowTaskQueueResponse
	taskTime time.Time // when it was started
}

func newRun(t require.TestingT, opts engine.Options, impl workflow.Implementation) *run {
	var reg engine.Registry
	require.NoError(t, reg.RegisterWorkflow(impl))
	task := &workflowservice.PollWorkflowTaskQueueResponse{
		TaskToken: []byte("token"), WorkflowType: &commonpb.WorkflowType{Name: impl.Name()},
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "wf", RunId: "run"},
	}
	e, err := engine.New(&reg, opts, task)
	require.NoError(t, err)
	if c, ok := t.(interface{ Cleanup(func()) }); ok {
		c.Cleanup(e.Close)
	}
	return &run{Execution: e, task: task}
}

// handle gives the run a task that ends with the last of the events.
func (r *run) handle(events []*historypb.HistoryEvent) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	r.task.StartedEventId = events[len(events)-1].GetEventId()
	r.taskTime = events[len(events)-1].GetEventTime().AsTime()
	done, err := r.Handle(context.Background(), r.task, events)
	r.task.PreviousStartedEventId = r.task.StartedEventId
	return done, err
}
