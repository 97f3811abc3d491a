package offload

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/perdure/perdure/api"
)

// A reference in any field of a task, at any depth of its events, one at a time, is seen if the walk sees it.
func TestReferencesAreSeenWhereverTheyAre(t *testing.T) {
	reference, err := api.NewReference(api.PayloadIDOf([]byte("x")), 1)
	require.NoError(t, err)
	var tasks []proto.Message
	started := &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{}}
	require.False(t, eventMayRefer(started))
	plant(&workflowservice.PollActivityTaskQueueResponse{}, reference, 4, func(m proto.Message) { tasks = append(tasks, m) })
	plant(&historypb.HistoryEvent{}, reference, 5, func(m proto.Message) {
		tasks = append(tasks, &workflowservice.PollWorkflowTaskQueueResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{started, m.(*historypb.HistoryEvent)}}})
	})
	found := 0
	for _, task := range tasks {
		some, err := has(context.Background(), task, api.IsReference)
		require.NoError(t, err)
		if some {
			found++
			require.True(t, mayRefer(task), "%v", task)
		}
	}
	require.Greater(t, found, 100)
}

// plant calls yield with a message for each place of it, down to a depth, where a payload may be.
func plant(m proto.Message, payload *commonpb.Payload, depth int, yield func(proto.Message)) {
	if depth == 0 {
		return
	}
	fields := m.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		within := field.Message()
		if field.IsMap() {
			within = field.MapValue().Message()
		}
		if within == nil {
			continue
		}
		put := func(value protoreflect.Value) {
			whole := proto.Clone(m).ProtoReflect()
			switch {
			case field.IsMap():
				whole.Mutable(field).Map().Set(protoreflect.ValueOfString("k").MapKey(), value)
			case field.IsList():
				whole.Mutable(field).List().Append(value)
			default:
				whole.Set(field, value)
			}
			yield(whole.Interface())
		}
		if field.IsMap() && field.MapKey().Kind() != protoreflect.StringKind {
			continue
		}
		if within.FullName() == "temporal.api.common.v1.Payload" {
			put(protoreflect.ValueOfMessage(payload.ProtoReflect()))
			continue
		}
		var empty protoreflect.Value
		switch whole := m.ProtoReflect().New(); {
		case field.IsMap():
			empty = whole.Mutable(field).Map().NewValue()
		case field.IsList():
			empty = whole.Mutable(field).List().NewElement()
		default:
			empty = whole.NewField(field)
		}
		plant(empty.Message().Interface(), payload, depth-1, func(inner proto.Message) { put(protoreflect.ValueOfMessage(inner.ProtoReflect())) })
	}
}
