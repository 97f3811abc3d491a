package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	querypb "go.temporal.io/api/query/v1"
	updatepb "go.temporal.io/api/update/v1"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// A context is not cancelled where code may only read: of the commands that this leads to a replay would know nothing.
func TestNoCancellationWhereCodeMayOnlyRead(t *testing.T) {
	stop := workflow.DeclareQuery[none, none]("stop")
	change := workflow.DeclareUpdate[none, none]("change")
	impl := alone(func(ctx workflow.Context) (none, error) {
		of, cancel := workflow.WithCancel(ctx)
		workflow.NewTimer(of, time.Hour)
		stop.Handle(ctx, func(none) (none, error) {
			cancel()
			return none{}, nil
		})
		validator := func(workflow.Context, none) error {
			cancel()
			return nil
		}
		change.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[none]{Validator: validator}, func(workflow.Context, none) (none, error) { return none{}, nil })
		_, _ = word.Channel(ctx).Receive(ctx)
		return none{}, of.Err()
	})
	r := newRun(t, engine.Options{}, impl)
	r.task.Queries = map[string]*querypb.WorkflowQuery{"q": {QueryType: "stop"}}
	s := newScript().started()
	done := r.take(t, s, asked("u", "change", s.last(), none{}))
	require.Equal(t, []string{"StartTimer"}, types(done.GetCommands()))
	require.Len(t, done.GetMessages(), 1)
	rejection := &updatepb.Rejection{}
	require.NoError(t, done.GetMessages()[0].GetBody().UnmarshalTo(rejection))
	require.Contains(t, rejection.GetFailure().GetMessage(), "attempt to cancel a context in an update's validator")
	require.Contains(t, done.GetQueryResults()["q"].GetErrorMessage(), "attempt to cancel a context in a query handler")

	r.task.Queries = nil
	done = r.take(t, s.signal("word", "done").started())
	require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()), "what was refused has left nothing")
}
