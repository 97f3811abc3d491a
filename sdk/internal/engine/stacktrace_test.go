package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	querypb "go.temporal.io/api/query/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

func askOf[T proto.Message](t *testing.T, r *run, name string) (out T) {
	t.Helper()
	answer := r.Query(context.Background(), &querypb.WorkflowQuery{QueryType: name})
	require.NoError(t, converter.Decode(converter.Default(), answer.GetAnswer(), &out), answer.GetErrorMessage())
	return out
}

func TestIntrospection(t *testing.T) {
	word := workflow.DeclareSignal[string]("word").WithDescription("Ends it.")
	impl := alone(func(ctx workflow.Context) (none, error) {
		workflow.DeclareQuery[none, string]("state").WithDescription("Where it stands.").Handle(ctx, func(none) (string, error) {
			return workflow.GetCurrentDetails(ctx), nil
		})
		workflow.SetCurrentDetails(ctx, "waits for a *word*")
		workflow.GoNamed(ctx, "other", func(ctx workflow.Context) { _ = workflow.Sleep(ctx, 1<<40) })
		word.Channel(ctx).Receive(ctx)
		workflow.SetCurrentDetails(ctx, "")
		return none{}, nil
	})
	r := newRun(t, engine.Options{}, impl)
	_, err := r.handle(newScript().started().events)
	require.NoError(t, err)

	metadata := askOf[*sdkpb.WorkflowMetadata](t, r, "__temporal_workflow_metadata")
	require.Equal(t, "waits for a *word*", metadata.GetCurrentDetails())
	require.Equal(t, "Ends it.", metadata.GetDefinition().GetSignalDefinitions()[0].GetDescription())
	for _, q := range metadata.GetDefinition().GetQueryDefinitions() {
		require.NotEmpty(t, q.GetDescription(), q.GetName())
	}

	trace := askOf[*sdkpb.EnhancedStackTrace](t, r, "__enhanced_stack_trace")
	require.Equal(t, "perdure-go", trace.GetSdk().GetName())
	require.Len(t, trace.GetStacks(), 2, "one for each coroutine")
	for i, want := range []string{"blocked on receiving from word", "coroutine other [blocked on"} {
		locations := trace.GetStacks()[i].GetLocations()
		require.Contains(t, locations[0].GetFunctionName(), want)
		found := false
		for _, l := range locations[1:] {
			require.Positive(t, l.GetLine(), l)
			found = found || strings.HasSuffix(l.GetFilePath(), "stacktrace_test.go")
		}
		require.True(t, found, locations)
		require.True(t, locations[1].GetInternalCode(), "the innermost frame is the SDK's")
	}

	var text string
	answer := r.Query(context.Background(), &querypb.WorkflowQuery{QueryType: "__stack_trace"})
	require.NoError(t, converter.Decode(converter.Default(), answer.GetAnswer(), &text), answer.GetErrorMessage())
	require.Regexp(t, `^coroutine root \[blocked on receiving from word\]:\n\S+/sdk/workflow\.(?s).*\.TestIntrospection`, text,
		"what blocks, and then the code that has called it")
	require.NotContains(t, text, "iter.Pull")
}
