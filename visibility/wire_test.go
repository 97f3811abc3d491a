package visibility

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api/recordpb"
)

func TestFieldNumbers(t *testing.T) {
	for _, f := range []struct {
		of     proto.Message
		name   string
		number int
	}{
		{&recordpb.Frame{}, "records", frameRecords},
		{&recordpb.Records{}, "records", recordsRecord},
		{&recordpb.Record{}, "workflow_id", recordWorkflow},
		{&recordpb.Record{}, "runs", recordRun},
		{&recordpb.RunRecord{}, "run_id", runID},
		{&recordpb.RunRecord{}, "changes", runChange},
		{&recordpb.RunRecord{}, "history_size_bytes", runSize},
		{&recordpb.RunRecord{}, "state_transitions", runTransitions},
		{&recordpb.RunRecord{}, "deleted", runDeleted},
		{&recordpb.RunRecord{}, "pause_info", runPauseInfo},
		{&recordpb.PauseInfo{}, "entries", pauseInfoEntry},
		{&recordpb.RunRecord{}, "builds", runBuilds},
		{&recordpb.Change{}, "event", changeEvent},
		{&historypb.HistoryEvent{}, "event_id", eventID},
		{&historypb.HistoryEvent{}, "event_time", eventTime},
		{&historypb.HistoryEvent{}, "event_type", eventType},
		{&timestamppb.Timestamp{}, "seconds", timeSeconds},
		{&timestamppb.Timestamp{}, "nanos", timeNanos},
	} {
		field := f.of.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(f.name))
		require.NotNil(t, field, f.name)
		require.EqualValues(t, f.number, field.Number(), f.name)
	}
}

// Every event that ends a run is one that an index knows.
func TestEveryClosingEventIsKnown(t *testing.T) {
	for number, name := range enumspb.EventType_name {
		kind := enumspb.EventType(number)
		if kind.String() == "WorkflowExecutionStarted" || !strings.HasPrefix(kind.String(), "WorkflowExecution") {
			continue
		}
		switch kind {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UNPAUSED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_REJECTED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
			require.Zero(t, closedAs[kind], name)
		default:
			if strings.Contains(name, "UPDATE") || strings.Contains(name, "TIME_SKIPPING") {
				continue
			}
			require.NotZero(t, closedAs[kind], name)
		}
	}
}

func encodedEvent(t testing.TB, e *historypb.HistoryEvent) []byte {
	t.Helper()
	encoded, err := proto.Marshal(e)
	require.NoError(t, err)
	return encoded
}

func exampleFrame(t testing.TB) []byte {
	t.Helper()
	event := func(kind enumspb.EventType) *recordpb.Change {
		return &recordpb.Change{Change: &recordpb.Change_Event{Event: encodedEvent(t, &historypb.HistoryEvent{EventId: 7, EventType: kind, EventTime: timestamppb.New(time.Unix(5, 6))})}}
	}
	frame, err := proto.Marshal(&recordpb.Frame{Version: 1, Epoch: 2, Content: &recordpb.Frame_Records{Records: &recordpb.Records{Records: []*recordpb.Record{
		{WorkflowId: "a", Time: 1, Runs: []*recordpb.RunRecord{{RunId: "1", Changes: []*recordpb.Change{
			{Change: &recordpb.Change_RunBegun{RunBegun: &recordpb.RunBegun{}}}, event(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED), event(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED),
		}}}},
		{WorkflowId: "b", Runs: []*recordpb.RunRecord{
			{RunId: "2", HistorySizeBytes: 8, StateTransitions: 9, Changes: []*recordpb.Change{event(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED)}},
			{RunId: "3", Deleted: true},
			{RunId: "4", PauseInfo: &recordpb.PauseInfo{Entries: []string{"Workflow:b", "Reason:x"}}},
		}},
	}}}})
	require.NoError(t, err)
	return frame
}

// FuzzWalk: what is found on the wire is what decoding finds, and nothing breaks.
func FuzzWalk(f *testing.F) {
	f.Add(exampleFrame(f))
	f.Add([]byte("\x1a\x02\x0a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var found []string
		err := walk(data, func(p *runPart) error {
			for _, e := range p.events {
				_, _ = e.at()
			}
			found = append(found, string(p.workflowID)+"/"+string(p.runID))
			return nil
		})
		b := newBatch()
		_ = b.frame(1, data)
		frame := &recordpb.Frame{}
		if err != nil || proto.Unmarshal(data, frame) != nil || !canonical(frame, data) {
			return
		}
		var want []string
		for _, record := range frame.GetRecords().GetRecords() {
			for _, run := range record.Runs {
				if counts(run) {
					want = append(want, record.WorkflowId+"/"+run.RunId)
				}
			}
		}
		require.Equal(t, want, found)
	})
}

// canonical tells encodings as writers of logs make them.
func canonical(frame *recordpb.Frame, data []byte) bool {
	again, err := proto.Marshal(frame)
	return err == nil && string(again) == string(data)
}

func counts(run *recordpb.RunRecord) bool {
	if run.Deleted || run.PauseInfo != nil {
		return true
	}
	for _, c := range run.Changes {
		e := &historypb.HistoryEvent{}
		if change, is := c.Change.(*recordpb.Change_Event); is && proto.Unmarshal(change.Event, e) == nil && concerns(e.EventType) {
			return true
		}
	}
	return false
}

func BenchmarkWalk(b *testing.B) {
	frame := exampleFrame(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = walk(frame, func(*runPart) error { return nil })
	}
}
