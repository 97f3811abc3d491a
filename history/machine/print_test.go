package machine_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// untold are fields that a script's output leaves out.
var untold = map[protoreflect.Name]bool{
	"identity": true, "request_id": true, "history_size_bytes": true, "workflow_id": true, "metering_metadata": true,
	"original_execution_run_id": true, "task_token": true, "history": true, "state_transition_count": true,
	"first_run_id": true, "root_execution": true, "execution_config": true,
}

// printEvent is an event on one line: its id, type and telling attributes.
func printEvent(event *historypb.HistoryEvent, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%3d %s", event.EventId, event.EventType)
	if at := event.EventTime.AsTime(); !at.Equal(now) {
		fmt.Fprintf(&b, " @%s", at.Sub(epochStart))
	}
	m := event.ProtoReflect()
	if oneof := m.WhichOneof(m.Descriptor().Oneofs().ByName("attributes")); oneof != nil {
		if text := printMessage(m.Get(oneof).Message()); text != "" {
			b.WriteString(" " + text)
		}
	}
	return b.String()
}

// printMessage is a message's set fields on one line, in their order.
func printMessage(m protoreflect.Message) string {
	var parts []string
	for field := range fieldsOf(m) {
		if !m.Has(field) || untold[field.Name()] {
			continue
		}
		if text := printField(field, m.Get(field)); text != "" {
			parts = append(parts, string(field.Name())+"="+text)
		}
	}
	return strings.Join(parts, " ")
}

func fieldsOf(m protoreflect.Message) iter.Seq[protoreflect.FieldDescriptor] {
	return func(yield func(protoreflect.FieldDescriptor) bool) {
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			if !yield(fields.Get(i)) {
				return
			}
		}
	}
}

func printField(field protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case field.IsList():
		var parts []string
		for i := range v.List().Len() {
			parts = append(parts, printValue(field, v.List().Get(i)))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case field.IsMap():
		var parts []string
		for key, value := range v.Map().Range {
			parts = append(parts, key.String()+":"+printValue(field.MapValue(), value))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, " ") + "}"
	}
	return printValue(field, v)
}

func printValue(field protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch field.Kind() {
	case protoreflect.EnumKind:
		return string(field.Enum().Values().ByNumber(v.Enum()).Name())
	case protoreflect.MessageKind:
		return printKnown(v.Message().Interface())
	case protoreflect.StringKind:
		if strings.ContainsAny(v.String(), " \"") {
			return fmt.Sprintf("%q", v.String())
		}
	}
	return fmt.Sprint(v.Interface())
}

func printKnown(m proto.Message) string {
	switch m := m.(type) {
	case *durationpb.Duration:
		if m.AsDuration() == 0 {
			return ""
		}
		return m.AsDuration().String()
	case *timestamppb.Timestamp:
		return "@" + m.AsTime().Sub(epochStart).String()
	case *commonpb.Payloads:
		var parts []string
		for _, p := range m.GetPayloads() {
			parts = append(parts, string(p.Data))
		}
		return strings.Join(parts, ",")
	case *commonpb.Payload:
		return string(m.Data)
	case *commonpb.WorkflowType:
		return m.Name
	case *commonpb.ActivityType:
		return m.Name
	case *taskqueuepb.TaskQueue:
		if m.NormalName != "" {
			return m.Name + "/" + m.NormalName
		}
		return m.Name
	}
	return "{" + printMessage(m.ProtoReflect()) + "}"
}
