package visibility

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/visibility/index"
)

// drawnRun writes the events of one run as a log has them.
type drawnRun struct {
	id     string
	events int64
	closed bool
}

func (r *drawnRun) event(e *historypb.HistoryEvent) *recordpb.Change {
	r.events++
	e.EventId, e.EventTime = r.events, timestamppb.New(time.Unix(r.events, 0))
	encoded, err := proto.Marshal(e)
	if err != nil {
		panic(err)
	}
	return &recordpb.Change{Change: &recordpb.Change_Event{Event: encoded}}
}

// draw is the run's next record.
func (r *drawnRun) draw(t *rapid.T) *recordpb.RunRecord {
	part := &recordpb.RunRecord{RunId: r.id}
	if r.closed {
		part.Deleted = true
		return part
	}
	if r.events == 0 {
		part.Changes = append(part.Changes, r.event(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
				WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
					WorkflowType: &commonpb.WorkflowType{Name: "T"}, Memo: &commonpb.Memo{Fields: drawFields(t)}, SearchAttributes: &commonpb.SearchAttributes{IndexedFields: drawFields(t)},
				},
			},
		}))
	}
	for range rapid.IntRange(0, 2).Draw(t, "upserts") {
		part.Changes = append(part.Changes, r.event(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, Attributes: &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{
				UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{SearchAttributes: &commonpb.SearchAttributes{IndexedFields: drawFields(t)}},
			},
		}), r.event(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, Attributes: &historypb.HistoryEvent_WorkflowPropertiesModifiedEventAttributes{
				WorkflowPropertiesModifiedEventAttributes: &historypb.WorkflowPropertiesModifiedEventAttributes{UpsertedMemo: &commonpb.Memo{Fields: drawFields(t)}},
			},
		}))
	}
	if rapid.IntRange(0, 3).Draw(t, "close") == 0 {
		r.closed = true
		part.Changes = append(part.Changes, r.event(&historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED}))
		part.HistorySizeBytes, part.StateTransitions = 100+r.events, r.events
	}
	return part
}

func drawFields(t *rapid.T) map[string]*commonpb.Payload {
	fields := map[string]*commonpb.Payload{}
	for range rapid.IntRange(0, 2).Draw(t, "fields") {
		value := payload(rapid.SampledFrom([]string{`"x"`, `"y"`, `[]`}).Draw(t, "value"))
		fields[rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "field")] = value
	}
	return fields
}

// drawLog is a log of frames.
func drawLog(t *rapid.T) [][]byte {
	runs := make([]*drawnRun, rapid.IntRange(1, 6).Draw(t, "runs"))
	for i := range runs {
		runs[i] = &drawnRun{id: fmt.Sprintf("run-%d", i)}
	}
	var frames [][]byte
	for range rapid.IntRange(1, 20).Draw(t, "frames") {
		records := &recordpb.Records{}
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			run := rapid.SampledFrom(runs).Draw(t, "run")
			records.Records = append(records.Records, &recordpb.Record{WorkflowId: "w", Runs: []*recordpb.RunRecord{run.draw(t)}})
		}
		encoded, err := proto.Marshal(&recordpb.Frame{Version: 1, Epoch: 1, Content: &recordpb.Frame_Records{Records: records}})
		require.NoError(t, err)
		frames = append(frames, encoded)
	}
	return frames
}

// Whatever the batches, and however often a part of the log is read again, the rows are the same.
func TestBatchesMakeNoDifference(t *testing.T) {
	folder, checks := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		checks++
		frames := drawLog(rt)
		open := func(name string) *index.Store {
			store, err := index.Open(t.Context(), index.Config{Path: filepath.Join(folder, fmt.Sprintf("%s-%d.db", name, checks)), Identity: "x", Logger: zerolog.Nop()})
			require.NoError(rt, err)
			return store
		}
		once, often := open("once"), open("often")
		defer once.Close()
		defer often.Close()
		write := func(to *index.Store, from, through int) {
			b := newBatch()
			for i := from; i < through; i++ {
				require.NoError(rt, b.frame(uint64(i+1), frames[i]))
			}
			require.NoError(rt, to.Apply(t.Context(), b.content()))
		}
		for i := range frames {
			write(once, i, i+1)
		}
		for at := 0; at < len(frames); {
			from := rapid.IntRange(0, at).Draw(rt, "again from")
			at = rapid.IntRange(at+1, len(frames)).Draw(rt, "through")
			write(often, from, at)
		}
		require.Equal(rt, stored(rt, once), stored(rt, often))
	})
}

func stored(t require.TestingT, store *index.Store) []string {
	page, err := store.List(context.Background(), index.Query{})
	require.NoError(t, err)
	var all []string
	for _, e := range page.Executions {
		encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
		require.NoError(t, err)
		all = append(all, e.Execution.RunId+string(encoded))
	}
	slices.Sort(all)
	return all
}
