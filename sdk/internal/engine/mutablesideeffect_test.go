package engine_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

func same(a, b int) bool { return a == b }

// The markers are those of Temporal's history, part by part. The value is a message in JSON, whose spaces vary.
func TestMutableSideEffectsLeaveTheMarkersOfTemporal(t *testing.T) {
	values := []int{1, 1, 2}
	impl := alone(func(ctx workflow.Context) ([]int, error) {
		var out []int
		for _, v := range values {
			got, err := workflow.MutableSideEffect(ctx, "the-value", func() int { return v }, same)
			if err != nil {
				return nil, err
			}
			out = append(out, got)
			if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
	events := goldenEvents(t, "marker-mutable-side-effect")
	markers := 0
	for i, e := range events {
		if e.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			continue
		}
		done, err := newRun(t, engine.Options{}, impl).handle(events[:i])
		require.NoError(t, err)
		for j, c := range done.GetCommands() {
			want, got := events[i+1+j].GetMarkerRecordedEventAttributes(), c.GetRecordMarkerCommandAttributes()
			require.Equal(t, want == nil, got == nil)
			if got == nil {
				continue
			}
			markers++
			require.Equal(t, want.GetMarkerName(), got.GetMarkerName())
			require.Len(t, got.GetDetails(), len(want.GetDetails()))
			for _, part := range []string{"side-effect-id", "mutable-side-effect-call-counter"} {
				require.True(t, proto.Equal(want.GetDetails()[part], got.GetDetails()[part]), part)
			}
			wantID, wantValue := idAndValue(t, want.GetDetails()["data"])
			gotID, gotValue := idAndValue(t, got.GetDetails()["data"])
			require.Equal(t, wantID, gotID)
			require.True(t, proto.Equal(wantValue, gotValue))
		}
	}
	require.Equal(t, 2, markers)
}

func idAndValue(t *testing.T, data *commonpb.Payloads) (id string, value *commonpb.Payloads) {
	require.NoError(t, converter.DecodeAll(converter.Default(), data, &id, &value))
	return id, value
}

// Several in one task, of several ids: a replay records them at the same places.
func TestMutableSideEffectsOfOneTask(t *testing.T) {
	first := true
	impl := alone(func(ctx workflow.Context) ([]int, error) {
		get := func(id string, v int) int {
			v, err := workflow.MutableSideEffect(ctx, id, func() int {
				require.True(t, first, "a replay calls nothing")
				return v
			}, same)
			require.NoError(t, err)
			return v
		}
		out := []int{get("a", 1), get("b", 1), get("a", 1), get("a", 2), get("b", 1), get("a", 1)}
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return nil, err
		}
		return out, nil
	})
	s := newScript().started()
	done, err := newRun(t, engine.Options{}, impl).handle(s.events)
	require.NoError(t, err)
	require.Equal(t, []string{"RecordMarker", "RecordMarker", "RecordMarker", "RecordMarker", "StartTimer"}, types(done.GetCommands()))
	s.completed()
	for _, c := range done.GetCommands()[:4] {
		e := marker("MutableSideEffect")
		e.GetMarkerRecordedEventAttributes().Details = c.GetRecordMarkerCommandAttributes().GetDetails()
		s.add(enumspb.EVENT_TYPE_MARKER_RECORDED, e)
	}
	s.timerStarted("9").timerFired(9).started()
	first = false
	done, err = newRun(t, engine.Options{}, impl).handle(s.events)
	require.NoError(t, err)
	require.JSONEq(t, `[1,1,1,2,1,1]`, string(done.GetCommands()[0].GetCompleteWorkflowExecutionCommandAttributes().GetResult().GetPayloads()[0].GetData()))
}

func TestMutableSideEffectMistakes(t *testing.T) {
	call := func(ctx workflow.Context) (none, error) {
		_, err := workflow.MutableSideEffect(ctx, "new", func() int { return 1 }, same)
		if err != nil {
			return none{}, err
		}
		return none{}, workflow.Sleep(ctx, time.Second)
	}
	t.Run("a new call in an old run", func(t *testing.T) {
		_, err := newRun(t, engine.Options{}, alone(call)).handle(newScript().started().completed().timerStarted("5").timerFired(5).started().events)
		failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR)
		require.Contains(t, failed.Failure.GetMessage(), `mutable side effect "new" for the first time`)
	})
	t.Run("a marker that cannot be read", func(t *testing.T) {
		e := marker("MutableSideEffect")
		e.GetMarkerRecordedEventAttributes().Details = map[string]*commonpb.Payloads{"data": {Payloads: []*commonpb.Payload{{Data: []byte("x")}}}}
		s := newScript().started().completed().add(enumspb.EVENT_TYPE_MARKER_RECORDED, e).timerStarted("6").timerFired(6).started()
		_, err := newRun(t, engine.Options{}, alone(call)).handle(s.events)
		failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR)
		require.Contains(t, failed.Failure.GetMessage(), "its mutable side effect cannot be read")
	})
	t.Run("a value that cannot be encoded", func(t *testing.T) {
		for what, call := range map[string]func(ctx workflow.Context) (float64, error){
			"the value of a side effect": func(ctx workflow.Context) (float64, error) { return workflow.SideEffect(ctx, math.NaN) },
			`the value of the mutable side effect "x"`: func(ctx workflow.Context) (float64, error) {
				return workflow.MutableSideEffect(ctx, "x", math.NaN, func(_, _ float64) bool { return false })
			},
		} {
			_, err := newRun(t, engine.Options{}, alone(call)).handle(newScript().started().events)
			failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
			require.Contains(t, failed.Failure.GetMessage(), what+" is not recorded")
		}
	})
	t.Run("a value of another type", func(t *testing.T) {
		impl := alone(func(ctx workflow.Context) (none, error) {
			_, err := workflow.MutableSideEffect(ctx, "x", func() string { return "one" }, func(a, b string) bool { return a == b })
			require.NoError(t, err)
			_, err = workflow.MutableSideEffect(ctx, "x", func() int { return 1 }, same)
			require.Error(t, err, "now and on replay")
			return none{}, workflow.Sleep(ctx, time.Second)
		})
		done, err := newRun(t, engine.Options{}, impl).handle(newScript().started().events)
		require.NoError(t, err)
		require.Equal(t, []string{"RecordMarker", "StartTimer"}, types(done.GetCommands()))
		s := newScript().started().answers(done).timerFired(6).started()
		done, err = newRun(t, engine.Options{}, impl).handle(s.events)
		require.NoError(t, err)
		require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
	})
	t.Run("one that blocks", func(t *testing.T) {
		impl := alone(func(ctx workflow.Context) (none, error) {
			return workflow.MutableSideEffect(ctx, "x", func() none { word.Channel(ctx).Receive(ctx); return none{} }, func(_, _ none) bool { return true })
		})
		_, err := newRun(t, engine.Options{}, impl).handle(newScript().started().events)
		failed := requireFailure(t, err, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE)
		require.Contains(t, failed.Failure.GetMessage(), "blocked on receiving from word in a mutable side effect")
	})
}

func TestSideEffectsHaveSummaries(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (none, error) {
		_, err := workflow.SideEffectWithOptions(ctx, workflow.SideEffectOptions{Summary: "the rate of today"}, func() int { return 1 })
		require.NoError(t, err)
		for _, v := range []int{1, 1, 2} {
			_, err := workflow.MutableSideEffectWithOptions(ctx, "rate", workflow.MutableSideEffectOptions{Summary: "the rate of now"}, func() int { return v }, same)
			require.NoError(t, err)
		}
		_, err = workflow.SideEffect(ctx, func() int { return 2 })
		return none{}, err
	})
	done, err := newRun(t, engine.Options{}, impl).handle(newScript().started().events)
	require.NoError(t, err)
	var summaries []string
	for _, c := range done.GetCommands() {
		summaries = append(summaries, string(c.GetUserMetadata().GetSummary().GetData()))
	}
	require.Equal(t, []string{`"the rate of today"`, `"the rate of now"`, `"the rate of now"`, "", ""}, summaries)
}
