package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 3, 1, 12, 5, 0, 0, time.UTC)

func read(t *testing.T, name string, into proto.Message) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	options := temporalproto.CustomJSONUnmarshalOptions{Metadata: map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}}
	require.NoError(t, options.Unmarshal(body, into))
}

func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func lines(t *testing.T, width int) []string {
	t.Helper()
	var history historypb.History
	read(t, "history.json", &history)
	r := Events{Zone: time.UTC, Width: width}
	var all []string
	for _, e := range history.GetEvents() {
		all = append(all, r.Line(e))
	}
	return all
}

func TestAHistory(t *testing.T) { golden(t, "history.txt", lines(t, 0)) }

func TestLinesFitTheTerminal(t *testing.T) {
	for _, line := range lines(t, 80) {
		require.LessOrEqual(t, len([]rune(line)), 80)
	}
}

func TestADescription(t *testing.T) {
	var d workflowservice.DescribeWorkflowExecutionResponse
	read(t, "workflow.json", &d)
	failed := &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowTaskFailedEventAttributes{
		WorkflowTaskFailedEventAttributes: &historypb.WorkflowTaskFailedEventAttributes{
			Cause: enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, Failure: &failurepb.Failure{Message: "other code"},
		},
	}}
	golden(t, "workflow.txt", Workflow(&d, failed, now, 0))
}

func TestAQueue(t *testing.T) {
	golden(t, "queue.txt", TaskQueues([]TaskQueue{
		{enumspb.TASK_QUEUE_TYPE_WORKFLOW, &workflowservice.DescribeTaskQueueResponse{
			Stats: &taskqueuepb.TaskQueueStats{
				ApproximateBacklogCount: 12, ApproximateBacklogAge: durationpb.New(75 * time.Second), TasksAddRate: 1234.5, TasksDispatchRate: 12.34,
			},
			Pollers: []*taskqueuepb.PollerInfo{
				{Identity: "8@host", LastAccessTime: timestamppb.New(now.Add(-time.Minute))},
				{Identity: "7@host", LastAccessTime: timestamppb.New(now.Add(-3 * time.Second))},
			},
		}},
		{enumspb.TASK_QUEUE_TYPE_ACTIVITY, &workflowservice.DescribeTaskQueueResponse{
			Stats:   &taskqueuepb.TaskQueueStats{TasksAddRate: 0.05, TasksDispatchRate: 0},
			Pollers: []*taskqueuepb.PollerInfo{{Identity: "7@host", LastAccessTime: timestamppb.New(now.Add(-time.Second))}, {Identity: "a\nb"}},
		}},
	}, now, 0))
	require.Len(t, TaskQueues([]TaskQueue{{enumspb.TASK_QUEUE_TYPE_ACTIVITY, &workflowservice.DescribeTaskQueueResponse{}}}, now, 0), 2)
}

func TestPayloads(t *testing.T) {
	payload := func(encoding, data string) *commonpb.Payload {
		return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding)}, Data: []byte(data)}
	}
	for _, test := range []struct {
		payload    *commonpb.Payload
		text, json string
	}{
		{payload("json/plain", `{ "a" : 1 }`), `{"a":1}`, `{ "a" : 1 }`},
		{payload("json/plain", `"a\n`), "<json/plain, 4 bytes>", `{"encoding":"json/plain","data":"ImFcbg=="}`},
		{payload("json/plain", "\"\u009b31m\""), `"\u009b31m"`, "\"\u009b31m\""},
		{payload("binary/null", ""), "null", "null"},
		{payload("binary/plain", "a\x1bb"), `"a\x1bb"`, `{"encoding":"binary/plain","data":"YRti"}`},
		{payload("binary/plain", "\xff"), "<binary/plain, 1 bytes>", `{"encoding":"binary/plain","data":"/w=="}`},
		{nil, "<, 0 bytes>", `{"encoding":"","data":""}`},
	} {
		require.Equal(t, test.text, Payload(test.payload))
		require.Equal(t, test.json, string(PayloadJSON(test.payload)))
	}
}

func TestNothingBreaksTheLine(t *testing.T) {
	require.Equal(t, `a\nb\x1b[0m "c" \`, OneLine("a\nb\x1b[0m \"c\" \\"))
	require.Equal(t, "grün 注文", OneLine("grün 注文"))
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1500 * time.Nanosecond: "2µs", 12345 * time.Microsecond: "12ms", 1234567 * time.Microsecond: "1.23s",
		time.Minute: "1m", 61 * time.Second: "1m1s", 2*time.Hour + 30*time.Minute + 10*time.Second: "2h30m",
		72 * time.Hour: "3d", 49 * time.Hour: "2d1h", -time.Minute: "-1m",
		time.Minute - time.Millisecond: "1m", time.Hour - time.Millisecond: "1h", 24*time.Hour - time.Second: "1d",
	} {
		require.Equal(t, want, Duration(d))
	}
	require.Equal(t, "now", Relative(now, now))
	require.Equal(t, "in 2m", Relative(now.Add(2*time.Minute), now))
	require.Equal(t, "5m ago", Relative(now.Add(-5*time.Minute), now))
	require.Equal(t, "none", Timeout(nil))
}

// A broken history must not break who prints it.
func FuzzLine(f *testing.F) {
	f.Add([]byte{}, int64(7))
	f.Fuzz(func(t *testing.T, body []byte, zoneOffset int64) {
		var e historypb.HistoryEvent
		if proto.Unmarshal(body, &e) != nil {
			return
		}
		r := Events{Zone: time.FixedZone("", int(zoneOffset%43200))}
		require.NotContains(t, r.Line(&e), "\n")
	})
}
