package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/servicetest"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

var (
	greet  = workflow.Declare[string, string]("Greet")
	wave   = workflow.DeclareSignal[int]("wave")
	status = workflow.DeclareQuery[converter.None, string]("status")
)

type fixture struct {
	url     string
	service *servicetest.Service
	client  *Client
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	s := natstest.Start(t)
	conn, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	service, err := servicetest.Start(conn)
	require.NoError(t, err)
	c, err := Connect(Options{URL: s.ClientURL()})
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Close()
		c.Close()
		service.Stop()
		conn.Close()
	})
	return fixture{url: s.ClientURL(), service: service, client: c}
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func payloads(t *testing.T, values ...any) *commonpb.Payloads {
	p, err := converter.EncodeAll(converter.Default(), values...)
	require.NoError(t, err)
	return p
}

// closes has histories end with these events, one for each run asked for; the first run is "".
func (f fixture) closes(events map[string]*historypb.HistoryEvent) {
	f.service.On("GetWorkflowExecutionHistory", func(r proto.Message) (proto.Message, error) {
		request := r.(*workflowservice.GetWorkflowExecutionHistoryRequest)
		if len(request.GetNextPageToken()) == 0 { // the first long poll ends without news
			return &workflowservice.GetWorkflowExecutionHistoryResponse{NextPageToken: []byte("more")}, nil
		}
		event := events[request.GetExecution().GetRunId()]
		if event == nil {
			return nil, serviceerror.NewNotFound("no such run")
		}
		return &workflowservice.GetWorkflowExecutionHistoryResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{event}}}, nil
	})
}

func completed(result *commonpb.Payloads) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
			WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{Result: result}}}
}

func TestStartSendsWhatItIsTold(t *testing.T) {
	f := newFixture(t)
	starts := f.service.Calls("StartWorkflowExecution")
	run, err := Start(within(t), f.client, greet, "you", StartOptions{
		ID: "w", TaskQueue: "q", RunTimeout: time.Minute, TaskTimeout: time.Second, StartDelay: time.Hour, CronSchedule: "@daily",
		IDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, IDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 3}, Memo: map[string]any{"m": 1},
		SearchAttributes: map[string]any{"Customer": "c", "Items": 2}, Summary: "short", Details: "short",
	})
	require.NoError(t, err)
	require.Equal(t, "w", run.ID())
	require.NotEmpty(t, run.RunID())
	sent := (<-starts).(*workflowservice.StartWorkflowExecutionRequest)
	require.Equal(t, "Greet", sent.GetWorkflowType().GetName())
	require.Equal(t, time.Minute, sent.GetWorkflowRunTimeout().AsDuration())
	require.Nil(t, sent.GetWorkflowExecutionTimeout())
	require.Equal(t, time.Hour, sent.GetWorkflowStartDelay().AsDuration())
	require.Equal(t, "@daily", sent.GetCronSchedule())
	require.EqualValues(t, 3, sent.GetRetryPolicy().GetMaximumAttempts())
	require.NotEmpty(t, sent.GetRequestId())
	require.NotEmpty(t, sent.GetIdentity())
	require.Equal(t, "Keyword", string(sent.GetSearchAttributes().GetIndexedFields()["Customer"].GetMetadata()["type"]))
	require.Equal(t, "1", string(sent.GetMemo().GetFields()["m"].GetData()))
	require.Equal(t, `"short"`, string(sent.GetUserMetadata().GetDetails().GetData()))

	_, err = Start(within(t), f.client, greet, "you", StartOptions{ID: "w", TaskQueue: "q"})
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, err, &already)
	require.Equal(t, run.RunID(), already.RunId)

	unnamed, err := Start(within(t), f.client, greet, "you", StartOptions{TaskQueue: "q"})
	require.NoError(t, err)
	require.NotEmpty(t, unnamed.ID())
}

func TestStartsThatAreWrong(t *testing.T) {
	f := newFixture(t)
	var invalid *serviceerror.InvalidArgument
	_, err := Start(within(t), f.client, greet, "you", StartOptions{})
	require.ErrorAs(t, err, &invalid)
	_, err = Start(within(t), f.client, greet, "you", StartOptions{TaskQueue: "q", SearchAttributes: map[string]any{"A": struct{}{}}})
	require.ErrorAs(t, err, &invalid)
	_, err = Start(within(t), f.client, workflow.Declare[chan int, string]("Bad"), nil, StartOptions{TaskQueue: "q"})
	require.ErrorContains(t, err, "input of workflow Bad")
	_, err = Start(within(t), f.client, greet, "you", StartOptions{TaskQueue: "q", Memo: map[string]any{"c": make(chan int)}})
	require.ErrorContains(t, err, "memo c")
	_, err = Connect(Options{URL: f.url, Namespace: "a.b"})
	require.ErrorAs(t, err, &invalid)
	_, err = Connect(Options{URL: f.url, Prefix: "a.b"})
	require.ErrorContains(t, err, "prefix")
	_, err = Connect(Options{URL: "nats://127.0.0.1:1"})
	require.ErrorContains(t, err, "name another in Options.URL", "a program has no flags of the command line")
	require.NotContains(t, err.Error(), "--")
	require.ErrorIs(t, err, nats.ErrNoServers)
}

func TestARetriedStartHasOneRequestID(t *testing.T) {
	f := newFixture(t)
	tries := 0
	var start servicetest.Handler
	start = f.service.On("StartWorkflowExecution", func(r proto.Message) (proto.Message, error) {
		if tries++; tries == 1 {
			if _, err := start(r); err != nil {
				return nil, err
			}
			return nil, serviceerror.NewUnavailable("the answer is lost")
		}
		return start(r)
	})
	_, err := Start(within(t), f.client, greet, "you", StartOptions{ID: "w", TaskQueue: "q"})
	require.NoError(t, err)
	require.Equal(t, 2, tries)
}

func TestResultFollowsTheChainOfRuns(t *testing.T) {
	f := newFixture(t)
	f.closes(map[string]*historypb.HistoryEvent{
		"": {EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, Attributes: &historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes{
			WorkflowExecutionContinuedAsNewEventAttributes: &historypb.WorkflowExecutionContinuedAsNewEventAttributes{NewExecutionRunId: "2"}}},
		"2": {EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{
			WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{NewExecutionRunId: "3"}}},
		"3": {EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, Attributes: &historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes{
			WorkflowExecutionTimedOutEventAttributes: &historypb.WorkflowExecutionTimedOutEventAttributes{NewExecutionRunId: "4"}}},
		"4": completed(payloads(t, "hello")),
	})
	out, err := GetRun[string](f.client, "w", "").Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "hello", out)
}

func TestResultsThatAreErrors(t *testing.T) {
	declined := &failurepb.Failure{Message: "no money", FailureInfo: &failurepb.Failure_ApplicationFailureInfo{
		ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: "Declined"}}}
	for name, test := range map[string]struct {
		event *historypb.HistoryEvent
		check func(*testing.T, error)
	}{
		"failed": {&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{
			WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{Failure: declined}}},
			func(t *testing.T, err error) {
				var e *failure.ApplicationError
				require.ErrorAs(t, err, &e)
				require.Equal(t, "Declined", e.Type())
			}},
		"timed out": {&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT}, func(t *testing.T, err error) {
			var e *failure.TimeoutError
			require.ErrorAs(t, err, &e)
			require.Equal(t, enumspb.TIMEOUT_TYPE_START_TO_CLOSE, e.TimeoutType())
		}},
		"canceled": {&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, Attributes: &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{
			WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{Details: payloads(t, "why")}}},
			func(t *testing.T, err error) {
				var e *failure.CanceledError
				require.ErrorAs(t, err, &e)
				var why string
				require.NoError(t, e.Details(&why))
				require.Equal(t, "why", why)
			}},
		"terminated": {&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{
			WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{Reason: "hopeless"}}},
			func(t *testing.T, err error) {
				var e *failure.TerminatedError
				require.ErrorAs(t, err, &e)
				require.ErrorContains(t, err, "hopeless")
			}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			run, err := Start(within(t), f.client, greet, "you", StartOptions{ID: "w", TaskQueue: "q"})
			require.NoError(t, err)
			f.closes(map[string]*historypb.HistoryEvent{run.RunID(): test.event, "": test.event})
			_, err = run.Result(within(t))
			var execution *failure.WorkflowExecutionError
			require.ErrorAs(t, err, &execution)
			require.Equal(t, []string{"w", run.RunID(), "Greet"}, []string{execution.WorkflowID(), execution.RunID(), execution.WorkflowType()})
			test.check(t, err)
			_, err = GetRun[string](f.client, "w", "").Result(within(t))
			require.ErrorAs(t, err, &execution)
			require.Equal(t, "Greet", execution.WorkflowType(), "described, when it was not started here")
		})
	}
}

func TestAResultOfAnotherType(t *testing.T) {
	f := newFixture(t)
	f.closes(map[string]*historypb.HistoryEvent{"": completed(payloads(t, "text"))})
	_, err := GetRun[int](f.client, "w", "").Result(within(t))
	require.ErrorContains(t, err, "output of workflow w")
	raw, err := GetRun[converter.Raw](f.client, "w", "").Result(within(t))
	require.NoError(t, err)
	require.Equal(t, `"text"`, string(raw.Payload.GetData()))
}

func TestQueries(t *testing.T) {
	f := newFixture(t)
	f.service.On("QueryWorkflow", func(r proto.Message) (proto.Message, error) {
		if r.(*workflowservice.QueryWorkflowRequest).GetQueryRejectCondition() == enumspb.QUERY_REJECT_CONDITION_NOT_OPEN {
			return &workflowservice.QueryWorkflowResponse{QueryRejected: &querypb.QueryRejected{Status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED}}, nil
		}
		return &workflowservice.QueryWorkflowResponse{QueryResult: payloads(t, "fine")}, nil
	})
	out, err := Query(within(t), f.client, "w", "", status, converter.None{})
	require.NoError(t, err)
	require.Equal(t, "fine", out)
	_, err = Query(within(t), f.client, "w", "", status, converter.None{}, RejectIf(enumspb.QUERY_REJECT_CONDITION_NOT_OPEN))
	var rejected *QueryRejectedError
	require.ErrorAs(t, err, &rejected)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, rejected.Status)
}

func TestHistoryPageByPage(t *testing.T) {
	f := newFixture(t)
	_, err := Start(within(t), f.client, greet, "you", StartOptions{ID: "w", TaskQueue: "q"})
	require.NoError(t, err)
	for i := range 5 {
		require.NoError(t, Signal(within(t), f.client, "w", "", wave, i))
	}
	var ids []int64
	for event, err := range f.client.History(within(t), "w", "", HistoryOptions{PageSize: 2}) {
		require.NoError(t, err)
		ids = append(ids, event.GetEventId())
	}
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7}, ids)
	for range f.client.History(within(t), "w", "", HistoryOptions{PageSize: 2}) {
		break
	}
	var notFound *serviceerror.NotFound
	for _, err := range f.client.History(within(t), "none", "", HistoryOptions{}) {
		require.ErrorAs(t, err, &notFound)
	}
	require.ErrorAs(t, Signal(within(t), f.client, "none", "", wave, 1), &notFound)
	_, err = f.client.Describe(within(t), "none", "")
	require.ErrorAs(t, err, &notFound)
}

func TestRequestsThatChangeAWorkflow(t *testing.T) {
	f := newFixture(t)
	sent := map[string]<-chan proto.Message{}
	for _, method := range []string{"RequestCancelWorkflowExecution", "TerminateWorkflowExecution", "DeleteWorkflowExecution", "SignalWithStartWorkflowExecution",
		"RespondActivityTaskFailedById", "RespondActivityTaskCompletedById", "RespondActivityTaskCanceledById", "RecordActivityTaskHeartbeatById",
		"RespondActivityTaskFailed", "RespondActivityTaskCanceled"} {
		m, _ := api.FindMethod(method, api.ClientDoor)
		f.service.On(method, func(proto.Message) (proto.Message, error) { return m.NewReply(), nil })
		sent[method] = f.service.Calls(method)
	}
	ctx, c, id := within(t), f.client, ActivityID{WorkflowID: "w", ActivityID: "5"}
	require.NoError(t, c.Cancel(ctx, "w", "r"))
	require.NotEmpty(t, (<-sent["RequestCancelWorkflowExecution"]).(*workflowservice.RequestCancelWorkflowExecutionRequest).GetRequestId())
	require.NoError(t, c.Terminate(ctx, "w", "r", "hopeless", 1))
	require.Equal(t, "hopeless", (<-sent["TerminateWorkflowExecution"]).(*workflowservice.TerminateWorkflowExecutionRequest).GetReason())
	require.NoError(t, c.Delete(ctx, "w", "r"))
	require.Equal(t, "r", (<-sent["DeleteWorkflowExecution"]).(*workflowservice.DeleteWorkflowExecutionRequest).GetWorkflowExecution().GetRunId())
	f.service.On("DescribeWorkflowExecution", func(proto.Message) (proto.Message, error) {
		return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{RunId: "latest"}}}, nil
	})
	require.NoError(t, c.Delete(ctx, "w", ""))
	require.Equal(t, "latest", (<-sent["DeleteWorkflowExecution"]).(*workflowservice.DeleteWorkflowExecutionRequest).GetWorkflowExecution().GetRunId())
	run, err := SignalWithStart(ctx, c, wave, 7, greet, "you", StartOptions{ID: "w", TaskQueue: "q"})
	require.NoError(t, err)
	require.Equal(t, "w", run.ID())
	both := (<-sent["SignalWithStartWorkflowExecution"]).(*workflowservice.SignalWithStartWorkflowExecutionRequest)
	require.Equal(t, []string{"wave", "Greet", "7"}, []string{both.GetSignalName(), both.GetWorkflowType().GetName(), string(both.GetSignalInput().GetPayloads()[0].GetData())})
	require.NoError(t, c.CompleteActivityByID(ctx, id, nil, errors.New("broken")))
	require.Equal(t, "broken", (<-sent["RespondActivityTaskFailedById"]).(*workflowservice.RespondActivityTaskFailedByIdRequest).GetFailure().GetMessage())
	require.NoError(t, c.CompleteActivityByID(ctx, id, "out", nil))
	require.NoError(t, c.CompleteActivityByID(ctx, id, nil, failure.NewCanceledError("why")))
	require.Equal(t, `"why"`, string((<-sent["RespondActivityTaskCanceledById"]).(*workflowservice.RespondActivityTaskCanceledByIdRequest).GetDetails().GetPayloads()[0].GetData()))
	require.NoError(t, c.CompleteActivity(ctx, []byte("t"), nil, errors.New("broken")))
	require.NoError(t, c.CompleteActivity(ctx, []byte("t"), nil, failure.NewCanceledError()))
	require.NoError(t, c.RecordActivityHeartbeatByID(ctx, id, 1))
	f.service.On("RecordActivityTaskHeartbeat", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RecordActivityTaskHeartbeatResponse{CancelRequested: true}, nil
	})
	require.ErrorIs(t, c.RecordActivityHeartbeat(ctx, []byte("t"), 1), ErrActivityCanceled)
	f.service.On("RecordActivityTaskHeartbeat", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RecordActivityTaskHeartbeatResponse{ActivityPaused: true, ActivityReset: true}, nil
	})
	require.ErrorIs(t, c.RecordActivityHeartbeat(ctx, []byte("t"), 1), ErrActivityPaused)
	f.service.On("RecordActivityTaskHeartbeatById", func(proto.Message) (proto.Message, error) {
		return &workflowservice.RecordActivityTaskHeartbeatByIdResponse{ActivityReset: true}, nil
	})
	require.ErrorIs(t, c.RecordActivityHeartbeatByID(ctx, id, 1), ErrActivityReset)
}

func TestAConnectionThatWasGivenStaysOpen(t *testing.T) {
	f := newFixture(t)
	conn, err := nats.Connect(f.url)
	require.NoError(t, err)
	defer conn.Close()
	c, err := Connect(Options{Conn: conn})
	require.NoError(t, err)
	require.Same(t, conn, c.Conn())
	c.Close()
	require.True(t, conn.IsConnected())
}
