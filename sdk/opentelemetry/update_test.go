package opentelemetry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	register = workflow.Declare[workflow.None, int]("Register")
	enroll   = workflow.DeclareUpdate[string, string]("enroll")
)

// registerCode ends when somebody has been enrolled.
var registerCode = register.Implement(func(ctx workflow.Context, _ workflow.None) (int, error) {
	enrolled := 0
	enroll.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[string]{Validator: func(ctx workflow.Context, name string) error {
		switch name {
		case "":
			return errors.New("no name")
		case "Eve":
			panic("Eve")
		}
		return nil
	}}, func(ctx workflow.Context, name string) (string, error) {
		span, _ := opentelemetry.SpanFromWorkflowContext(ctx)
		span.AddEvent("enrolling")
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		greeting, err := workflow.ExecuteActivity(ctx, compose, name).Get(ctx)
		enrolled++
		return greeting, err
	})
	err := workflow.Await(ctx, func() bool { return enrolled > 0 && workflow.AllHandlersFinished(ctx) })
	return enrolled, err
})

func enrolled(t *testing.T, o opentelemetry.Options, names ...string) *workflowtest.Environment {
	t.Helper()
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(o)}}, registerCode)
	env.Register(compose.Implement(func(_ context.Context, name string) (string, error) { return "hello " + name, nil }))
	for _, name := range names {
		env.After(time.Second, func() { workflowtest.Update(env, "enroll-"+name, enroll, name) })
	}
	_, err := workflowtest.Execute(env, register, workflow.None{})
	require.NoError(t, err)
	return env
}

func TestUpdatesAreTraced(t *testing.T) {
	tr := newTraced(t)
	env := enrolled(t, tr.options, "Ada")
	spans := tr.ended(t)
	require.Len(t, spans, 5)
	handled := spans["HandleUpdate:enroll"]
	require.Equal(t, handled.SpanContext().SpanID(), spans["StartActivity:Compose"].Parent().SpanID(), "what the handler asks for is of the update")
	require.Equal(t, spans["StartActivity:Compose"].SpanContext().SpanID(), spans["RunActivity:Compose"].Parent().SpanID())
	require.Len(t, handled.Events(), 1)
	for _, name := range []string{"ValidateUpdate:enroll", "HandleUpdate:enroll"} {
		require.Contains(t, spans[name].Attributes(), attribute.String("temporalUpdateID", "enroll-Ada"))
		require.Contains(t, spans[name].Attributes(), attribute.String("temporalWorkflowID", "test-workflow"))
	}

	again := newTraced(t)
	replayer := workflowtest.Replayer{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(again.options)}}
	require.NoError(t, replayer.Replay(env.History(), registerCode))
	require.Empty(t, again.spans.Ended(), "a replay emits nothing")
	var same bool
	for _, span := range again.spans.Started() {
		require.NotEqual(t, "ValidateUpdate:enroll", span.Name(), "nothing is validated on replay")
		same = same || span.SpanContext().SpanID() == handled.SpanContext().SpanID()
	}
	require.True(t, same, "the span of an update has the same id on every replay")
}

func TestRejectedUpdatesAreTraced(t *testing.T) {
	for name, why := range map[string]string{"": "no name", "Eve": "the validator panicked"} {
		tr := newTraced(t)
		env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options)}}, registerCode)
		env.After(time.Second, func() { workflowtest.Update(env, "", enroll, name) })
		env.After(time.Minute, env.Cancel)
		_, err := workflowtest.Execute(env, register, workflow.None{})
		require.Error(t, err)
		spans := tr.ended(t)
		require.NotContains(t, spans, "HandleUpdate:enroll")
		require.Equal(t, codes.Error, spans["ValidateUpdate:enroll"].Status().Code)
		require.Equal(t, why, spans["ValidateUpdate:enroll"].Status().Description)
	}
}

func TestUpdatesMayStayOut(t *testing.T) {
	tr := newTraced(t)
	tr.options.DisableUpdateTracing = true
	enrolled(t, tr.options, "Ada")
	spans := tr.ended(t)
	require.Len(t, spans, 3)
	require.Contains(t, spans, "RunActivity:Compose")
}

// updated is a client of a service that answers each update at once, with the headers that come to it.
func updated(t *testing.T, o opentelemetry.Options) (*client.Client, *[]*commonpb.Header) {
	t.Helper()
	url := natstest.Start(t).ClientURL()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	service, err := servicetest.Start(conn)
	require.NoError(t, err)
	t.Cleanup(func() {
		service.Stop()
		conn.Close()
	})
	var headers []*commonpb.Header
	answer := func(q *workflowservice.UpdateWorkflowExecutionRequest) *workflowservice.UpdateWorkflowExecutionResponse {
		headers = append(headers, q.GetRequest().GetInput().GetHeader())
		return &workflowservice.UpdateWorkflowExecutionResponse{
			UpdateRef: &updatepb.UpdateRef{WorkflowExecution: q.GetWorkflowExecution(), UpdateId: q.GetRequest().GetMeta().GetUpdateId()},
			Stage:     enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED, Outcome: &updatepb.Outcome{},
		}
	}
	service.On("UpdateWorkflowExecution", func(request proto.Message) (proto.Message, error) {
		q := request.(*workflowservice.UpdateWorkflowExecutionRequest)
		if q.GetWorkflowExecution().GetWorkflowId() == "gone" {
			return nil, serviceerror.NewNotFound("no such workflow")
		}
		return answer(q), nil
	})
	service.On("ExecuteMultiOperation", func(request proto.Message) (proto.Message, error) {
		q := request.(*workflowservice.ExecuteMultiOperationRequest)
		headers = append(headers, q.GetOperations()[0].GetStartWorkflow().GetHeader())
		return &workflowservice.ExecuteMultiOperationResponse{Responses: []*workflowservice.ExecuteMultiOperationResponse_Response{
			{Response: &workflowservice.ExecuteMultiOperationResponse_Response_StartWorkflow{StartWorkflow: &workflowservice.StartWorkflowExecutionResponse{}}},
			{Response: &workflowservice.ExecuteMultiOperationResponse_Response_UpdateWorkflow{UpdateWorkflow: answer(q.GetOperations()[1].GetUpdateWorkflow())}},
		}}, nil
	})
	c, err := client.Connect(client.Options{URL: url, Interceptors: []client.Interceptor{opentelemetry.NewInterceptor(o)}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, &headers
}

func TestAClientsUpdatesAreTraced(t *testing.T) {
	tr := newTraced(t)
	c, headers := updated(t, tr.options)
	_, err := client.Update(t.Context(), c, "w", "", enroll, "Ada", client.UpdateOptions{})
	require.NoError(t, err)
	handle, run, err := client.UpdateWithStart(t.Context(), c, enroll, "Ada", client.UpdateOptions{}, register, workflow.None{}, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)

	spans := tr.ended(t)
	require.Contains(t, spans["UpdateWorkflow:enroll"].Attributes(), attribute.String("temporalWorkflowID", "w"))
	together := spans["UpdateWithStartWorkflow:enroll"]
	require.Contains(t, together.Attributes(), attribute.String("temporalWorkflowID", run.ID()))
	require.Contains(t, together.Attributes(), attribute.String("temporalUpdateID", handle.UpdateID()))
	require.Len(t, *headers, 3, "an update, and a start with an update")
	for i, name := range []string{"UpdateWorkflow:enroll", "UpdateWithStartWorkflow:enroll", "UpdateWithStartWorkflow:enroll"} {
		require.Contains(t, string((*headers)[i].GetFields()[opentelemetry.HeaderKey].GetData()), spans[name].SpanContext().SpanID().String())
	}
}

func TestAClientsUpdatesMayFailOrStayOut(t *testing.T) {
	tr := newTraced(t)
	c, _ := updated(t, tr.options)
	_, err := client.Update(t.Context(), c, "gone", "", enroll, "Ada", client.UpdateOptions{})
	require.Error(t, err)
	require.Equal(t, codes.Error, tr.ended(t)["UpdateWorkflow:enroll"].Status().Code)

	out := newTraced(t)
	out.options.DisableUpdateTracing = true
	c, headers := updated(t, out.options)
	_, err = client.Update(t.Context(), c, "w", "", enroll, "Ada", client.UpdateOptions{})
	require.NoError(t, err)
	_, _, err = client.UpdateWithStart(t.Context(), c, enroll, "Ada", client.UpdateOptions{}, register, workflow.None{}, client.StartOptions{TaskQueue: queue})
	require.NoError(t, err)
	require.Empty(t, out.spans.Started())
	for _, header := range *headers {
		require.Empty(t, header.GetFields())
	}
}
