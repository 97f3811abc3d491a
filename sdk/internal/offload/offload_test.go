package offload

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/payloadpb"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/objects"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func newStore(t *testing.T, settings Settings) (*Store, jetstream.JetStream) {
	t.Helper()
	js := natstest.Start(t).Connect(t)
	name := api.Names{}.PayloadsBucket(api.Incarnation{Namespace: "shop", Number: 1})
	_, err := js.CreateStream(t.Context(), objects.StreamConfig(name, 1))
	require.NoError(t, err)
	return New(js.Conn(), settings, func(_ context.Context, namespace string) (*payloadpb.DescribePayloadsResponse, error) {
		if namespace != "shop" {
			return nil, serviceerror.NewNamespaceNotFound(namespace)
		}
		if _, err := js.Stream(context.Background(), name.Stream()); err != nil {
			return nil, serviceerror.NewFailedPrecondition(string(name) + " is missing")
		}
		return &payloadpb.DescribePayloadsResponse{Bucket: string(name)}, nil
	}), js
}

func payload(size int) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/plain")}, Data: bytes.Repeat([]byte{byte(size)}, size)}
}

func payloads(sizes ...int) *commonpb.Payloads {
	out := &commonpb.Payloads{}
	for _, size := range sizes {
		out.Payloads = append(out.Payloads, payload(size))
	}
	return out
}

func wrapped(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	out, err := anypb.New(m)
	require.NoError(t, err)
	return out
}

// Whatever is sent with large payloads is small on its way, and whole where it arrives.
func TestThereAndBack(t *testing.T) {
	s, _ := newStore(t, Settings{})
	const large = DefaultThreshold + 1
	failed := &failurepb.Failure{Message: "m", Cause: &failurepb.Failure{FailureInfo: &failurepb.Failure_ApplicationFailureInfo{
		ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Details: payloads(large, 1)}}}}
	for name, message := range map[string]proto.Message{
		"start":     &workflowservice.StartWorkflowExecutionRequest{WorkflowId: "w", Input: payloads(1, large, 3*large)},
		"signal":    &workflowservice.SignalWorkflowExecutionRequest{Input: payloads(large)},
		"heartbeat": &workflowservice.RecordActivityTaskHeartbeatRequest{Details: payloads(large)},
		"failure":   &workflowservice.RespondActivityTaskFailedRequest{Failure: failed, LastHeartbeatDetails: payloads(large)},
		"encoded":   &workflowservice.RespondActivityTaskFailedRequest{Failure: &failurepb.Failure{EncodedAttributes: payload(large)}},
		"answer":    &workflowservice.RespondQueryTaskCompletedRequest{QueryResult: payloads(large), Failure: failed},
		"commands": &workflowservice.RespondWorkflowTaskCompletedRequest{
			Commands: []*commandpb.Command{
				{Attributes: &commandpb.Command_ScheduleActivityTaskCommandAttributes{ScheduleActivityTaskCommandAttributes: &commandpb.ScheduleActivityTaskCommandAttributes{Input: payloads(large)}}},
				{Attributes: &commandpb.Command_RecordMarkerCommandAttributes{RecordMarkerCommandAttributes: &commandpb.RecordMarkerCommandAttributes{Details: map[string]*commonpb.Payloads{"a": payloads(large)}}}},
			},
			Messages: []*protocolpb.Message{{Body: wrapped(t, &updatepb.Response{Outcome: &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: payloads(large)}}})}},
		},
		"history": &workflowservice.PollWorkflowTaskQueueResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{
			{Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{Result: payloads(large)}}},
		}}},
		"a bare failure": failed,
	} {
		t.Run(name, func(t *testing.T) {
			before := proto.Clone(message)
			short, until, err := s.Offload(t.Context(), "shop", message)
			require.NoError(t, err)
			require.True(t, proto.Equal(before, message), "the message itself stays")
			require.Less(t, proto.Size(short), 2<<10)
			require.False(t, until.IsZero())
			encoded, err := proto.Marshal(short)
			require.NoError(t, err)
			require.True(t, api.MayHaveReferences(encoded))
			require.NoError(t, s.Resolve(t.Context(), "shop", short))
			require.True(t, proto.Equal(message, short))
		})
	}
}

func TestWhatStays(t *testing.T) {
	s, js := newStore(t, Settings{})
	const large = DefaultThreshold + 1
	for name, message := range map[string]proto.Message{
		"small": &workflowservice.StartWorkflowExecutionRequest{Input: payloads(10)},
		"memo": &workflowservice.StartWorkflowExecutionRequest{
			Memo:             &commonpb.Memo{Fields: map[string]*commonpb.Payload{"a": payload(large)}},
			SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"a": payload(large)}},
			UserMetadata:     &sdkpb.UserMetadata{Summary: payload(large)},
		},
		"unknown within": &workflowservice.RespondWorkflowTaskCompletedRequest{
			Identity: strings.Repeat("x", large), Messages: []*protocolpb.Message{{Body: &anypb.Any{TypeUrl: "type.googleapis.com/un.Known"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			short, until, err := s.Offload(t.Context(), "shop", message)
			require.NoError(t, err)
			require.True(t, proto.Equal(message, short))
			require.Zero(t, until)
			require.NoError(t, s.Resolve(t.Context(), "shop", short))
		})
	}
	stored, err := js.Stream(t.Context(), "OBJ_perdure-payloads-shop-1")
	require.NoError(t, err)
	require.Zero(t, stored.CachedInfo().State.Msgs)

	off, _ := newStore(t, Settings{Threshold: -1})
	short, _, err := off.Offload(t.Context(), "shop", &workflowservice.StartWorkflowExecutionRequest{Input: payloads(large)})
	require.NoError(t, err)
	require.Greater(t, proto.Size(short), large)
}

// A message always fits: many payloads of a middle size go too.
func TestAnyNumberOfPayloads(t *testing.T) {
	s, _ := newStore(t, Settings{})
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 2*DefaultThreshold), 0, 30).Draw(t, "sizes")
		message := &workflowservice.SignalWorkflowExecutionRequest{Input: payloads(sizes...)}
		short, _, err := s.Offload(context.Background(), "shop", message)
		require.NoError(t, err)
		require.LessOrEqual(t, int64(proto.Size(short)), s.conn.MaxPayload()*3/4)
		size, err := Size(context.Background(), short)
		require.NoError(t, err)
		require.GreaterOrEqual(t, size, proto.Size(message))
		require.LessOrEqual(t, size, proto.Size(message)+len(sizes)*(200+lengths))
		require.NoError(t, s.Resolve(context.Background(), "shop", short))
		require.True(t, proto.Equal(message, short))
	})
}

func TestWhatGoesWrong(t *testing.T) {
	s, js := newStore(t, Settings{Limit: 1 << 20})
	large := &workflowservice.SignalWorkflowExecutionRequest{Input: payloads(DefaultThreshold + 1)}
	var failed *Error

	_, _, err := s.Offload(t.Context(), "shop", &workflowservice.SignalWorkflowExecutionRequest{Input: payloads(1<<20 + 1)})
	var invalid *serviceerror.InvalidArgument
	require.ErrorAs(t, err, &invalid)
	_, _, err = s.Offload(t.Context(), "else", large)
	var unknown *serviceerror.NamespaceNotFound
	require.ErrorAs(t, err, &unknown)

	short, _, err := s.Offload(t.Context(), "shop", large)
	require.NoError(t, err)
	absent, err := api.NewReference(api.PayloadIDOf([]byte("x")), 1)
	require.NoError(t, err)
	huge, err := api.NewReference(api.PayloadIDOf([]byte("x")), 1<<40)
	require.NoError(t, err)
	for name, p := range map[string]*commonpb.Payload{
		"not there": absent, "too large": huge, "nonsense": {Metadata: map[string][]byte{"encoding": []byte(api.EncodingReference)}, Data: []byte("x")},
	} {
		err := s.Resolve(t.Context(), "shop", &workflowservice.QueryWorkflowResponse{QueryResult: &commonpb.Payloads{Payloads: []*commonpb.Payload{p}}})
		require.ErrorAs(t, err, &failed, name)
		require.False(t, failed.Passing())
	}

	require.NoError(t, js.DeleteStream(t.Context(), "OBJ_perdure-payloads-shop-1"))
	var precondition *serviceerror.FailedPrecondition
	_, _, err = s.Offload(t.Context(), "shop", large)
	require.ErrorAs(t, err, &failed)
	require.ErrorAs(t, err, &precondition)
	require.ErrorContains(t, err, "perdure-payloads-shop-1")
	require.ErrorAs(t, s.Resolve(t.Context(), "shop", short), &precondition)
}

// A namespace that was deleted and made again has another bucket.
func TestTheNextIncarnation(t *testing.T) {
	js := natstest.Start(t).Connect(t)
	bucket := func(n uint64) api.Bucket {
		return api.Names{}.PayloadsBucket(api.Incarnation{Namespace: "shop", Number: n})
	}
	told := bucket(1)
	s := New(js.Conn(), Settings{}, func(context.Context, string) (*payloadpb.DescribePayloadsResponse, error) {
		return &payloadpb.DescribePayloadsResponse{Bucket: string(told)}, nil
	})
	for n := range uint64(2) {
		told = bucket(n + 1)
		_, err := js.CreateStream(t.Context(), objects.StreamConfig(told, 1))
		require.NoError(t, err)
		_, _, err = s.Offload(t.Context(), "shop", &workflowservice.SignalWorkflowExecutionRequest{Input: payloads(DefaultThreshold + 1)})
		require.NoError(t, err)
		require.NoError(t, js.DeleteStream(t.Context(), told.Stream()))
	}
}

func TestSettings(t *testing.T) {
	require.NoError(t, Settings{}.Validate())
	require.NoError(t, Settings{Threshold: -1}.Validate())
	require.Error(t, Settings{Threshold: 10}.Validate())
	require.Error(t, Settings{Limit: -1}.Validate())
}
