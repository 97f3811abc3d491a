package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/perdure/perdure/sdk/converter"
)

// differing are the fields that differ from run to run, or from SDK to SDK.
var differing = []string{
	"identity", "binary_checksum", "worker_version", "build_id", "sdk_metadata", "metering_metadata", "history_size_bytes", "stack_trace", "source",
	"task_queue", "namespace", "namespace_id", "header", "links", "principal", "workflow_id", "task_id", "version", "worker_may_ignore",
}

// likeness is an event without what differs from run to run: names, times, who wrote it, how JSON is spaced.
func likeness(t *testing.T, event *historypb.HistoryEvent) string {
	t.Helper()
	e, extra := proto.CloneOf(event), ""
	if m := e.GetMarkerRecordedEventAttributes(); m != nil {
		extra = markerData(t, m)
		delete(m.GetDetails(), "data")
	}
	if a := e.GetWorkflowTaskScheduledEventAttributes(); a != nil {
		a.StartToCloseTimeout = nil // a test may need another
	}
	if a := e.GetWorkflowExecutionStartedEventAttributes(); a != nil {
		a.WorkflowTaskTimeout, a.FirstWorkflowTaskBackoff = nil, nil // this is counted from when the run before it closed
	}
	undiffer(e.ProtoReflect())
	return protojson.Format(e) + extra
}

func isA(field protoreflect.FieldDescriptor, message protoreflect.FullName) bool {
	return field.Message() != nil && !field.IsMap() && !field.IsList() && field.Message().FullName() == message
}

// undiffer takes what differs out of a message: a duration of 0 is none.
func undiffer(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := string(field.Name())
		switch {
		case slices.Contains(differing, name), strings.HasSuffix(name, "run_id"), strings.HasSuffix(name, "request_id"),
			isA(field, "google.protobuf.Timestamp"), isA(field, "google.protobuf.Duration") && proto.Size(value.Message().Interface()) == 0:
			m.Clear(field)
		case field.IsMap():
		case field.IsList() && field.Message() != nil:
			for i := range value.List().Len() {
				undiffer(value.List().Get(i).Message())
			}
		case field.Message() != nil && !field.IsList():
			undiffer(value.Message())
		}
		return true
	})
}

// markerData is what the data of a marker says.
func markerData(t *testing.T, m *historypb.MarkerRecordedEventAttributes) string {
	t.Helper()
	data := m.GetDetails()["data"]
	if m.GetMarkerName() == "LocalActivity" {
		var local map[string]any
		require.NoError(t, converter.DecodeAll(converter.Default(), data, &local))
		delete(local, "ReplayTime")
		return fmt.Sprint(local)
	}
	if m.GetMarkerName() != "MutableSideEffect" {
		return protojson.Format(data)
	}
	var (
		id    string
		value *commonpb.Payloads
	)
	require.NoError(t, converter.DecodeAll(converter.Default(), data, &id, &value))
	return id + protojson.Format(value)
}
