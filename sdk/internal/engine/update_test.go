package engine_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	addTo = workflow.DeclareUpdate[int, int]("add").WithDescription("adds a number")
	gated = workflow.DeclareUpdate[int, int]("gated")
	open  = workflow.DeclareSignal[string]("open")
	leave = workflow.DeclareSignal[string]("go")
)

// counter adds what updates bring, those of "gated" once the signal "open" has come, until the signal "go".
func counter(ctx workflow.Context) (int, error) {
	total, opened := 0, false
	add := func(_ workflow.Context, n int) (int, error) {
		total += n
		return total, nil
	}
	addTo.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[int]{Validator: func(ctx workflow.Context, n int) error {
		switch {
		case n == 0:
			workflow.NewTimer(ctx, time.Hour)
		case n < 0:
			return failure.NewApplicationError("no negative numbers", "Negative")
		}
		return nil
	}}, add)
	gated.Handle(ctx, func(ctx workflow.Context, n int) (int, error) {
		if info, ok := workflow.GetCurrentUpdateInfo(ctx); !ok || info.Name != "gated" || info.ID == "" {
			return 0, errors.New("the update does not know itself")
		}
		if err := workflow.Await(ctx, func() bool { return opened }); err != nil {
			return 0, err
		}
		return add(ctx, n)
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		open.Channel(ctx).Receive(ctx)
		opened = true
	})
	leave.Channel(ctx).Receive(ctx)
	return total, nil
}

// asked is the message that brings an update, as the service sends it with the task that is started by an event.
func asked(id, name string, started int64, input any) *protocolpb.Message {
	args, err := converter.Encode(converter.Default(), input)
	if err != nil {
		panic(err)
	}
	body, err := anypb.New(&updatepb.Request{Meta: &updatepb.Meta{UpdateId: id}, Input: &updatepb.Input{Name: name, Args: args}})
	if err != nil {
		panic(err)
	}
	return &protocolpb.Message{Id: id + "/request", ProtocolInstanceId: id, SequencingId: &protocolpb.Message_EventId{EventId: started - 1}, Body: body}
}

// answers writes the events of a completion's commands: those of messages, and others as recorded does.
func (s *script) answers(done *workflowservice.RespondWorkflowTaskCompletedRequest) *script {
	s.completed()
	byID := map[string]*anypb.Any{}
	for _, m := range done.GetMessages() {
		byID[m.GetId()] = m.GetBody()
	}
	for _, c := range done.GetCommands() {
		if c.GetCommandType() != enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE {
			s.recorded(c)
			continue
		}
		switch body := unpacked(byID[c.GetProtocolMessageCommandAttributes().GetMessageId()]).(type) {
		case *updatepb.Acceptance:
			s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, acceptedEvent(body))
		case *updatepb.Response:
			s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED, &historypb.HistoryEvent{
				Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateCompletedEventAttributes{WorkflowExecutionUpdateCompletedEventAttributes: &historypb.WorkflowExecutionUpdateCompletedEventAttributes{
					Meta: body.GetMeta(), Outcome: body.GetOutcome(),
				}},
			})
		}
	}
	return s
}

func acceptedEvent(a *updatepb.Acceptance) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes{WorkflowExecutionUpdateAcceptedEventAttributes: &historypb.WorkflowExecutionUpdateAcceptedEventAttributes{
			ProtocolInstanceId: a.GetAcceptedRequest().GetMeta().GetUpdateId(), AcceptedRequest: a.GetAcceptedRequest(),
			AcceptedRequestMessageId: a.GetAcceptedRequestMessageId(), AcceptedRequestSequencingEventId: a.GetAcceptedRequestSequencingEventId(),
		}},
	}
}

func unpacked(body *anypb.Any) proto.Message {
	m, err := body.UnmarshalNew()
	if err != nil {
		panic(err)
	}
	return m
}

// take gives the run the events behind the last task's start, with messages, and writes its answer.
func (r *run) take(t *testing.T, s *script, messages ...*protocolpb.Message) *workflowservice.RespondWorkflowTaskCompletedRequest {
	t.Helper()
	r.task.Messages = messages
	done, err := r.handle(s.events[r.task.GetPreviousStartedEventId():])
	require.NoError(t, err)
	s.answers(done)
	return done
}

// ids are those of messages, or of the messages that commands name; other commands are their types.
func ids(done *workflowservice.RespondWorkflowTaskCompletedRequest) (messages, commands []string) {
	for _, m := range done.GetMessages() {
		messages = append(messages, m.GetId())
	}
	for _, c := range done.GetCommands() {
		if id := c.GetProtocolMessageCommandAttributes().GetMessageId(); id != "" {
			commands = append(commands, id)
		} else {
			commands = append(commands, c.GetCommandType().String())
		}
	}
	return messages, commands
}

func replays(t *testing.T, s *script, impl workflow.Implementation) {
	t.Helper()
	_, err := newRun(t, engine.Options{}, impl).handle(s.started().events)
	require.NoError(t, err)
}

// The messages and commands of each task of Temporal's recordings, from what its histories say came.
func TestUpdatesAnswerWhatGoldenEventsSay(t *testing.T) {
	impl := workflow.Declare[none, int]("Counter").Implement(func(ctx workflow.Context, _ none) (int, error) { return counter(ctx) })
	for _, name := range []string{"update-completed", "update-two-gated", "update-accepted-then-completed", "update-with-start", "update-same-id"} {
		t.Run(name, func(t *testing.T) {
			events := goldenEvents(t, name)
			for i, e := range events {
				if e.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
					continue
				}
				run := newRun(t, engine.Options{}, impl)
				for _, after := range events[i+1:] {
					if a := after.GetWorkflowExecutionUpdateAcceptedEventAttributes(); a != nil && a.GetAcceptedRequestSequencingEventId() == events[i-2].GetEventId() {
						body, err := anypb.New(a.GetAcceptedRequest())
						require.NoError(t, err)
						run.task.Messages = append(run.task.Messages, &protocolpb.Message{
							Id: a.GetAcceptedRequestMessageId(), ProtocolInstanceId: a.GetProtocolInstanceId(), Body: body,
							SequencingId: &protocolpb.Message_EventId{EventId: a.GetAcceptedRequestSequencingEventId()},
						})
					}
				}
				done, err := run.handle(events[:i])
				require.NoError(t, err)
				s := &script{events: append([]*historypb.HistoryEvent(nil), events[:i]...)}
				s.answers(done)
				for k, got := range s.events[i+1:] {
					want := events[i+1+k]
					require.Equal(t, want.GetEventType(), got.GetEventType())
					if a := want.GetWorkflowExecutionUpdateCompletedEventAttributes(); a != nil {
						a.AcceptedEventId = 0 // the service knows it
					}
					if want.GetWorkflowExecutionUpdateAcceptedEventAttributes() != nil || want.GetWorkflowExecutionUpdateCompletedEventAttributes() != nil {
						require.Truef(t, proto.Equal(attributesOf(want).Interface(), attributesOf(got).Interface()), "%v\n%v", want, got)
					}
				}
			}
		})
	}
}

func TestARejectedUpdateIsAMessageAndNoCommand(t *testing.T) {
	s := newScript().started()
	r := newRun(t, engine.Options{}, alone(counter))
	r.take(t, s)
	cases := []struct {
		name, update string
		input        any
		says         string
	}{
		{"its validator", "add", -1, "no negative numbers"},
		{"a validator that issues commands", "add", 0, "update validator panic: attempt to start a timer"},
		{"an input of another type", "add", "one", "input of update add"},
		{"no handler", "other", 1, "unknown update other. KnownUpdates=[add gated]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.started()
			started := s.last()
			done := r.take(t, s, asked("up", c.update, started, c.input))
			require.Empty(t, done.GetCommands())
			require.Len(t, done.GetMessages(), 1)
			rejection := unpacked(done.GetMessages()[0].GetBody()).(*updatepb.Rejection)
			require.Contains(t, rejection.GetFailure().GetMessage(), c.says)
			require.Equal(t, started-1, rejection.GetRejectedRequestSequencingEventId())
			require.Equal(t, "up/request", rejection.GetRejectedRequestMessageId())
		})
	}
	replays(t, s, alone(counter))
}

// The service drops a speculative task whose updates are all rejected, and uses the ids of its events again. Events that the worker had
// not seen before came with it, and stay.
func TestADiscardedTaskIsFollowedInItsPlace(t *testing.T) {
	s := newScript().started()
	impl := alone(func(ctx workflow.Context) (int, error) {
		workflow.NewTimer(ctx, time.Hour)
		return counter(ctx)
	})
	r := newRun(t, engine.Options{}, impl)
	r.take(t, s)
	started, seen := r.task.GetPreviousStartedEventId(), s.last()
	unseen := started + 1 // the answer, and the event of its command
	for range 2 {
		s.started()
		r.task.Messages = []*protocolpb.Message{asked("no", "add", s.last(), -1)}
		_, err := r.handle(s.events[unseen-1:])
		require.NoError(t, err)
		r.Discarded(started)
		r.task.PreviousStartedEventId = started
		s.events, unseen = s.events[:seen], seen+1 // it has seen them now
	}
	s.started()
	r.task.Messages = []*protocolpb.Message{asked("yes", "add", s.last(), 2)}
	done, err := r.handle(s.events[seen:])
	require.NoError(t, err)
	messages, commands := ids(done)
	require.Equal(t, []string{"yes/accept", "yes/complete"}, messages)
	require.Equal(t, messages, commands)
	s.answers(done).timerFired(5).started()
	r.take(t, s)
	replays(t, s, impl)
}

func TestUpdatesThatComeBeforeTheirHandler(t *testing.T) {
	var order []string
	note := func(what string) func(workflow.Context, int) (int, error) {
		return func(workflow.Context, int) (int, error) {
			order = append(order, what)
			return 0, nil
		}
	}
	impl := alone(func(ctx workflow.Context) (int, error) {
		gated.Handle(ctx, note("gated"))
		order = append(order, "between")
		addTo.Handle(ctx, note("add"))
		order = append(order, "behind")
		leave.Channel(ctx).Receive(ctx)
		return 0, nil
	})
	s := newScript().started()
	r := newRun(t, engine.Options{}, impl)
	done := r.take(t, s, asked("1", "add", 3, 1), asked("2", "other", 3, 1), asked("3", "gated", 3, 1))
	messages, _ := ids(done)
	require.Equal(t, []string{"3/accept", "3/complete", "1/accept", "1/complete", "2/reject"}, messages)
	live := order
	require.Equal(t, []string{"gated", "between", "add", "behind"}, live)
	order = nil
	replays(t, s, impl)
	require.Equal(t, live, order)
}

// Updates that a reset has brought are events, and no messages; the event that accepts one has no request.
func TestAdmittedUpdates(t *testing.T) {
	s := newScript()
	request := &updatepb.Request{}
	require.NoError(t, asked("up", "add", 0, 7).GetBody().UnmarshalTo(request))
	s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAdmittedEventAttributes{WorkflowExecutionUpdateAdmittedEventAttributes: &historypb.WorkflowExecutionUpdateAdmittedEventAttributes{
			Request: request, Origin: enumspb.UPDATE_ADMITTED_EVENT_ORIGIN_REAPPLY,
		}},
	})
	s.started()
	r := newRun(t, engine.Options{}, alone(counter))
	messages, _ := ids(r.take(t, s))
	require.Equal(t, []string{"up/accept", "up/complete"}, messages)
	accepted := s.events[len(s.events)-2].GetWorkflowExecutionUpdateAcceptedEventAttributes()
	require.Equal(t, int64(2), accepted.GetAcceptedRequestSequencingEventId())
	accepted.AcceptedRequest = nil
	replays(t, s, alone(counter))

	s.events = append(s.events[:1:1], s.events[2:]...)
	for i, e := range s.events {
		e.EventId = int64(i) + 1
	}
	_, err := newRun(t, engine.Options{}, alone(counter)).handle(s.events[:len(s.events)])
	require.ErrorContains(t, err, "damaged")
}

// Code that no longer handles, or handles otherwise, what a history has accepted does not fit it.
func TestAnUpdateThatIsMissingOnReplayIsNonDeterminism(t *testing.T) {
	s := newScript().started()
	r := newRun(t, engine.Options{}, alone(counter))
	r.take(t, s, asked("up", "add", 3, 1))
	s.started()
	_, err := newRun(t, engine.Options{}, alone(func(ctx workflow.Context) (int, error) {
		gated.Handle(ctx, func(workflow.Context, int) (int, error) { return 0, nil })
		return 0, workflow.Sleep(ctx, time.Hour)
	})).handle(s.events)
	var failed *engine.TaskFailure
	require.ErrorAs(t, err, &failed)
	require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, failed.Cause)
	require.ErrorContains(t, err, "WorkflowExecutionUpdateAccepted")
}

func TestUnfinishedUpdatesAreWarnedOfAndWaitedFor(t *testing.T) {
	ending := func(o workflow.UpdateHandlerOptions[int], wait bool, end error) func(workflow.Context) (int, error) {
		return func(ctx workflow.Context) (int, error) {
			finish := false
			gated.HandleWithOptions(ctx, o, func(ctx workflow.Context, n int) (int, error) {
				return n, workflow.Await(ctx, func() bool { return finish })
			})
			leave.Channel(ctx).Receive(ctx)
			finish = wait
			if wait {
				if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
					return 0, err
				}
			}
			return 0, end
		}
	}
	silent := workflow.UpdateHandlerOptions[int]{UnfinishedPolicy: workflow.HandlerUnfinishedPolicyAbandon}
	cases := map[string]struct {
		code  func(workflow.Context) (int, error)
		warns bool
		last  []string
	}{
		"left":             {ending(workflow.UpdateHandlerOptions[int]{}, false, nil), true, nil},
		"left, silently":   {ending(silent, false, nil), false, nil},
		"left by failing":  {ending(workflow.UpdateHandlerOptions[int]{}, false, errors.New("failed")), false, nil},
		"left by a cancel": {ending(workflow.UpdateHandlerOptions[int]{}, false, failure.NewCanceledError()), true, nil},
		"waited for":       {ending(workflow.UpdateHandlerOptions[int]{}, true, nil), false, []string{"up/complete"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := newScript().started()
			r := newRun(t, engine.Options{Logger: zerolog.New(&log)}, alone(c.code))
			r.take(t, s, asked("up", "gated", 3, 1))
			s.signal("go", "").started()
			messages, _ := ids(r.take(t, s))
			require.Equal(t, c.last, messages)
			require.Equal(t, c.warns, bytes.Contains(log.Bytes(), []byte(`"updates":["gated up"]`)), log.String())
		})
	}
}

func TestMetadataTellsOfUpdates(t *testing.T) {
	s := newScript().started()
	r := newRun(t, engine.Options{}, alone(counter))
	r.take(t, s)
	metadata := askOf[*sdkpb.WorkflowMetadata](t, r, "__temporal_workflow_metadata")
	updates := metadata.GetDefinition().GetUpdateDefinitions()
	require.Len(t, updates, 2)
	require.Equal(t, "add", updates[0].GetName())
	require.Equal(t, "adds a number", updates[0].GetDescription())
}
