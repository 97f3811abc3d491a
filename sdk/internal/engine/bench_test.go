package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/internal/crew"
	"github.com/perdure/perdure/sdk/internal/coroutine"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// BenchmarkOneActivity is a run of one activity: two workflow tasks, the second on the cached
// execution ("cached") or from the whole history ("replayed").
func BenchmarkOneActivity(b *testing.B) {
	impl := workflow.Declare[none, string]("Caller").Implement(func(ctx workflow.Context, _ none) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 1}), echo, "one").Get(ctx)
	})
	var reg engine.Registry
	require.NoError(b, reg.RegisterWorkflow(impl))
	events := goldenEvents(b, "activity-one")[:9] // up to the start of the second task
	task := func(started, previous int64) *workflowservice.PollWorkflowTaskQueueResponse {
		return &workflowservice.PollWorkflowTaskQueueResponse{
			WorkflowType: &commonpb.WorkflowType{Name: "Caller"}, StartedEventId: started, PreviousStartedEventId: previous,
		}
	}
	handle := func(e *engine.Execution, t *workflowservice.PollWorkflowTaskQueueResponse, from, to int) {
		if _, err := e.Handle(b.Context(), t, events[from:to]); err != nil {
			b.Fatal(err)
		}
	}
	kept := engine.Options{Crew: crew.New(10), Coroutines: coroutine.NewPool(10)}
	defer kept.Crew.Close()
	defer kept.Coroutines.Close()
	for name, options := range map[string]engine.Options{"cached": {}, "cached, in kept goroutines": kept} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				e, _ := engine.New(&reg, options, task(3, 0))
				handle(e, task(3, 0), 0, 3)
				handle(e, task(9, 3), 3, 9)
				e.Close()
			}
		})
	}
	b.Run("replayed", func(b *testing.B) {
		for range b.N {
			e, _ := engine.New(&reg, engine.Options{}, task(9, 3))
			handle(e, task(9, 3), 0, 9)
			e.Close()
		}
	})
}
