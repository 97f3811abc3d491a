package interceptor_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func (r recordingOutbound) ExecuteLocalActivity(ctx workflow.Context, in *interceptor.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	r.pass("run locally "+in.ActivityType, in.Header)
	return r.Next.ExecuteLocalActivity(ctx, in)
}

// A local activity, and its header, pass through as an activity does, in a worker and in the test environment.
func TestLocalActivitiesPassThrough(t *testing.T) {
	code := greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
		return workflow.ExecuteLocalActivity(ctx, compose, name).Get(ctx)
	})
	composing := compose.Implement(func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
	var notes notes
	around := []interceptor.WorkerInterceptor{recorder{"A", &notes}, recorder{"B", &notes}}
	want := []string{"A run ", "B run ", "B run locally Compose ", "A run locally Compose B", "A execute BA", "B execute BA"}

	c := connect(t, client.Options{}, worker.Options{Interceptors: around}, code, composing)
	run, err := client.Start(t.Context(), c, greet, "Ada", client.StartOptions{ID: "w", TaskQueue: queue})
	require.NoError(t, err)
	greeting, err := run.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hello AdaABBA", greeting)
	require.Equal(t, want, notes.take())

	env := workflowtest.New(t, workflowtest.Options{Interceptors: around}, code)
	env.Register(composing)
	greeting, err = workflowtest.Execute(env, greet, "Ada")
	require.NoError(t, err)
	require.Equal(t, "hello AdaABBA", greeting)
	require.Equal(t, want, notes.take()[:len(want)], "and then its replay")
}
