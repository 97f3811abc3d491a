package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

type startRequest = workflowservice.StartWorkflowExecutionRequest

var (
	describeSubject = api.Names{}.API("default", "DescribeWorkflowExecution")
	historySubject  = api.Names{}.API("default", "GetWorkflowExecutionHistory")
	startSubject    = api.Names{}.API("default", "StartWorkflowExecution")
)

const longPoll = `{"execution":{"workflowId":"w"},"waitNewEvent":true}`

// What `nats req perdure.api.default.StartWorkflowExecution '{...}'` sends and gets.
func TestPayloadShorthand(t *testing.T) {
	s := start(t)
	var input *commonpb.Payloads
	s.backend.execute = func(_ context.Context, call api.Call) (proto.Message, error) {
		input = call.Request.(*startRequest).Input
		return &workflowservice.StartWorkflowExecutionResponse{RunId: run}, nil
	}
	reply, err := s.ask(startSubject, "", with("StartWorkflowExecution", `"requestId"`, `"input":["hello",{"n":1}],"requestId"`))
	require.NoError(t, err)
	require.JSONEq(t, `{"runId":"`+run+`"}`, string(reply.Data))
	require.Len(t, input.Payloads, 2)
	require.Equal(t, `"hello"`, string(input.Payloads[0].Data))
	require.Equal(t, "json/plain", string(input.Payloads[0].Metadata["encoding"]))
}

func TestARequestWithoutRequestIDGetsOne(t *testing.T) {
	s := start(t)
	ids := map[string]bool{}
	s.backend.execute = func(_ context.Context, call api.Call) (proto.Message, error) {
		ids[call.Request.(interface{ GetRequestId() string }).GetRequestId()] = true
		return replyTo(call.Request), nil
	}
	for range 2 {
		_, err := s.ask(startSubject, "", with("StartWorkflowExecution", `"r"`, `""`))
		require.NoError(t, err)
	}
	require.Len(t, ids, 2)
	require.NotContains(t, ids, "")
}

// A history that was attached as bytes is JSON all the same.
func TestAttachedHistory(t *testing.T) {
	s := start(t)
	event, err := proto.Marshal(&historypb.HistoryEvent{EventId: 1, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED})
	require.NoError(t, err)
	s.backend.execute = func(context.Context, api.Call) (proto.Message, error) {
		reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
		api.AttachHistory(reply, [][]byte{event})
		return reply, nil
	}
	reply, err := s.ask(historySubject, "", valid["GetWorkflowExecutionHistory"])
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), `"eventType"`)
}

func TestErrors(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		err  error
		code codes.Code
		text string
	}{
		{serviceerror.NewNotFound("no such run"), codes.NotFound, "no such run"},
		{fmt.Errorf("shard 3: %w", serviceerror.NewUnavailable("moving")), codes.Unavailable, "moving"},
		{errors.New("odd"), codes.Internal, "odd"},
		{serviceerror.NewWorkflowExecutionAlreadyStarted("running\nalready", "r", run), codes.AlreadyExists, "running\nalready"},
		{serviceerror.NewInvalidArgument(strings.Repeat("long", 1<<19)), codes.InvalidArgument, "long"},
	} {
		s.backend.execute = func(context.Context, api.Call) (proto.Message, error) { return nil, c.err }
		for _, body := range []string{valid["DescribeWorkflowExecution"], encoded(t, &workflowservice.DescribeWorkflowExecutionRequest{Execution: &commonpb.WorkflowExecution{WorkflowId: "w"}})} {
			_, err := s.ask(describeSubject, "", body)
			require.Error(t, err)
			require.Equal(t, c.code, api.ErrorStatus(err).Code())
			require.Contains(t, err.Error(), c.text)
		}
	}
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	s.backend.execute = func(context.Context, api.Call) (proto.Message, error) {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("running", "r", run)
	}
	_, err := s.ask(describeSubject, "", valid["DescribeWorkflowExecution"])
	require.ErrorAs(t, err, &exists)
	require.Equal(t, run, exists.RunId)
}

func TestAPanicIsAnswered(t *testing.T) {
	s := start(t)
	s.backend.panics = true
	_, err := s.ask(describeSubject, "", valid["DescribeWorkflowExecution"])
	var internal *serviceerror.Internal
	require.ErrorAs(t, err, &internal)
	require.NotContains(t, err.Error(), "secret")
	s.backend.panics = false
	_, err = s.ask(describeSubject, "", valid["DescribeWorkflowExecution"])
	require.NoError(t, err)
	s.requireIdle(t)
}

// requireIdle: no request has a place any more; one gives its place back behind its answer.
func (s *started) requireIdle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.gateway.requests.used.Load() == 0 }, 10*time.Second, time.Millisecond)
}

// The event that a request leads to has to fit a message with what goes beside it.
func TestARequestThatLeavesNoRoom(t *testing.T) {
	s := start(t)
	refused := func(contentType, body string) {
		t.Helper()
		_, err := s.ask(startSubject, contentType, body)
		require.ErrorAs(t, err, new(*serviceerror.InvalidArgument))
		require.Contains(t, err.Error(), "max_payload of 1048576")
	}
	most := int(s.conn.MaxPayload())
	request := &workflowservice.StartWorkflowExecutionRequest{WorkflowId: strings.Repeat("x", most-room)}
	body, err := proto.Marshal(request)
	require.NoError(t, err)
	refused("", string(body))
	refused(api.ContentJSON, `{"workflowId": "w", "input": [`+strings.Repeat("0,", most/4)+`0]}`) // each is a payload
}

func TestAReplyAboveMaxPayload(t *testing.T) {
	s := start(t)
	s.backend.execute = func(context.Context, api.Call) (proto.Message, error) {
		return &workflowservice.StartWorkflowExecutionResponse{RunId: strings.Repeat("x", int(s.conn.MaxPayload()))}, nil
	}
	_, err := s.ask(startSubject, "", valid["StartWorkflowExecution"])
	var tooLarge *serviceerror.ResourceExhausted
	require.ErrorAs(t, err, &tooLarge)
	require.Contains(t, err.Error(), "max_payload of 1048576")
}

// A page that fits in protobuf and not in JSON is made smaller.
func TestAPageOfHistoryAboveMaxPayload(t *testing.T) {
	s := start(t)
	var sizes []int32
	s.backend.execute = func(_ context.Context, call api.Call) (proto.Message, error) {
		size := call.Request.(*workflowservice.GetWorkflowExecutionHistoryRequest).MaximumPageSize
		sizes = append(sizes, size)
		if size == 0 {
			size = 100
		}
		reply := &workflowservice.GetWorkflowExecutionHistoryResponse{History: &historypb.History{}}
		for i := range size {
			reply.History.Events = append(reply.History.Events, &historypb.HistoryEvent{EventId: int64(i) + 1, WorkerMayIgnore: true, TaskId: 1 << 60,
				Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{MarkerName: strings.Repeat("\x01", 9000)}}})
		}
		return reply, nil
	}
	_, err := s.ask(historySubject, api.ContentProtobuf, encoded(t, &workflowservice.GetWorkflowExecutionHistoryRequest{Execution: &commonpb.WorkflowExecution{WorkflowId: "w"}}))
	require.NoError(t, err)
	require.Len(t, sizes, 1)
	reply, err := s.ask(historySubject, "", valid["GetWorkflowExecutionHistory"])
	require.NoError(t, err)
	require.NotEmpty(t, reply.Data)
	require.Equal(t, []int32{0, 0, 50, 25, 12}, sizes)
}

// blocked has history wait until a context ends or release is closed.
func (s *started) blocked() (arrived chan struct{}, release chan struct{}) {
	arrived, release = make(chan struct{}, 100), make(chan struct{})
	s.backend.execute = func(ctx context.Context, call api.Call) (proto.Message, error) {
		if r, isHistory := call.Request.(*workflowservice.GetWorkflowExecutionHistoryRequest); isHistory && !r.WaitNewEvent {
			return replyTo(call.Request), nil
		}
		arrived <- struct{}{}
		select {
		case <-release:
			return replyTo(call.Request), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return arrived, release
}

// send publishes a request and returns where its answer will come.
func (s *started) send(subject, body string) *nats.Subscription {
	s.t.Helper()
	inbox := s.conn.NewInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	require.NoError(s.t, err)
	require.NoError(s.t, s.conn.PublishRequest(subject, inbox, []byte(body)))
	return sub
}

func (s *started) errorOf(sub *nats.Subscription) error {
	s.t.Helper()
	m, err := sub.NextMsgWithContext(within(s.t))
	require.NoError(s.t, err)
	if code := m.Header.Get(api.HeaderErrorCode); code != "" {
		return api.DecodeError(code, m.Header.Get(api.HeaderError), m.Data, true)
	}
	return nil
}

func TestAFloodOfLongPolls(t *testing.T) {
	s := start(t, func(c *Config) { c.MaxRequests, c.MaxLongPolls = 2, 20 })
	arrived, release := s.blocked()
	var polls []*nats.Subscription
	for range 20 { // one after the other, since only two are decoded at a time
		polls = append(polls, s.send(historySubject, longPoll))
		<-arrived
	}
	err := s.errorOf(s.send(historySubject, longPoll))
	require.Equal(t, codes.ResourceExhausted, api.ErrorStatus(err).Code())
	// What does not wait is served.
	_, err = s.ask(historySubject, "", valid["GetWorkflowExecutionHistory"])
	require.NoError(t, err)

	// Short requests have their own limit, and long polls live on beside it.
	s.requireIdle(t)
	first, second := s.send(describeSubject, valid["DescribeWorkflowExecution"]), s.send(describeSubject, valid["DescribeWorkflowExecution"])
	<-arrived
	<-arrived
	err = s.errorOf(s.send(describeSubject, valid["DescribeWorkflowExecution"]))
	require.Equal(t, codes.ResourceExhausted, api.ErrorStatus(err).Code())
	close(release)
	for _, sub := range append(polls, first, second) {
		require.NoError(t, s.errorOf(sub))
	}
}

func TestStopServesWhatIsInFlight(t *testing.T) {
	s := start(t)
	arrived, release := s.blocked()
	short := s.send(describeSubject, valid["DescribeWorkflowExecution"])
	<-arrived
	poll := s.send(historySubject, longPoll)
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- s.gateway.Stop(within(t)) }()
	// The long poll ends at once; the short request keeps the stop waiting.
	err := s.errorOf(poll)
	require.Equal(t, codes.Unavailable, api.ErrorStatus(err).Code())
	require.Empty(t, stopped)
	close(release)
	require.NoError(t, s.errorOf(short))
	require.NoError(t, <-stopped)
	require.NoError(t, s.gateway.Stop(within(t)))

	_, err = s.conn.RequestWithContext(within(t), describeSubject, []byte("{}"))
	require.ErrorIs(t, err, nats.ErrNoResponders)
	require.Error(t, s.gateway.Start(within(t)))
}

func TestStopThatMayNotWait(t *testing.T) {
	s := start(t)
	ended := make(chan struct{})
	arrived := make(chan struct{})
	s.backend.execute = func(ctx context.Context, call api.Call) (proto.Message, error) {
		close(arrived)
		<-ctx.Done()
		defer close(ended)
		return replyTo(call.Request), nil
	}
	sub := s.send(describeSubject, valid["DescribeWorkflowExecution"])
	<-arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.gateway.Stop(ctx), context.Canceled)
	<-ended
	s.gateway.running.Wait()
	require.NoError(t, s.gateway.config.Conn.Flush())
	require.NoError(t, s.conn.Flush())
	pending, _, err := sub.Pending()
	require.NoError(t, err)
	require.Zero(t, pending, "answered after the stop")
}

func TestADeadlineIsSaid(t *testing.T) {
	s := start(t)
	x := &exchange{endpoint: &endpoint{gateway: s.gateway, method: api.Method{Name: "M"}}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	x.ctx = ctx
	require.Equal(t, codes.DeadlineExceeded, api.ErrorStatus(x.callerError(ctx.Err())).Code())
}

// A context without a deadline is as good as another.
func TestStartAndStopWithoutDeadline(t *testing.T) {
	s := start(t)
	other, err := New(s.gateway.config)
	require.NoError(t, err)
	require.NoError(t, other.Start(context.Background()))
	require.NoError(t, s.gateway.Stop(context.Background()))
	_, err = s.ask(describeSubject, "", valid["DescribeWorkflowExecution"])
	require.NoError(t, err, "the other process serves")
	require.NoError(t, other.Stop(context.Background()))
}

// Methods of the API that are not served are refused: silence would look like an outage.
func TestMethodsThatAreNotServed(t *testing.T) {
	s := start(t)
	for door, names := range map[api.Door][]string{api.ClientDoor: api.Unserved(api.ClientDoor), api.AdminDoor: api.Unserved(api.AdminDoor)} {
		for _, name := range names {
			_, err := s.ask(subjectOf(door, name), "", "{}")
			require.ErrorAs(t, err, new(*serviceerror.Unimplemented), name)
			require.ErrorContains(t, err, name)
		}
	}
	require.Contains(t, api.Unserved(api.ClientDoor), "CreateSchedule")
	require.NotContains(t, api.Unserved(api.ClientDoor), "StartWorkflowExecution")
	require.Contains(t, api.Unserved(api.AdminDoor), "CreateNexusEndpoint")
	require.NotContains(t, api.Unserved(api.AdminDoor), "DeleteNamespace")
}
