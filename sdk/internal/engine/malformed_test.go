package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestMalformedHistoriesAreErrors(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (none, error) { return none{}, workflow.Sleep(ctx, 1) })
	nonDeterministic := enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR
	cases := map[string]struct {
		script  *script
		message string
	}{
		"does not start":              {(&script{}).started(), "a history starts with WorkflowExecutionStarted"},
		"starts twice":                {&script{events: renumber(append(newScript().events, newScript().started().events...))}, "only the first event can be WorkflowExecutionStarted"},
		"no start of a task":          {newScript(), "does not end with the task's start"},
		"ends with the answer":        {newScript().started().completed(), "does not end with the task's start"},
		"completes twice":             {newScript().started().completed().completed().started(), "it answers no workflow task"},
		"completes nothing":           {newScript().completed().started(), "it answers no workflow task"},
		"a command without a task":    {newScript().timerStarted("2").started(), "no workflow task was completed before it"},
		"started and something else":  {newScript().started().signal("x", 1).started(), "neither completed nor failed"},
		"a timer that is not there":   {newScript().started().completed().timerStarted("5").timerFired(9).started(), "no open timer was started by the event"},
		"a timer fires twice":         {newScript().started().completed().timerStarted("5").timerFired(5).timerFired(5).started(), "no open timer was started by the event"},
		"an unknown type":             {newScript().add(enumspb.EventType(999), &historypb.HistoryEvent{}).started(), "this worker does not know events of this type"},
		"a version without an id":     {newScript().started().completed().add(enumspb.EVENT_TYPE_MARKER_RECORDED, marker("Version")).started(), "the code now issues the command StartTimer"},
		"an activity that is nowhere": {newScript().add(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, &historypb.HistoryEvent{}).started(), "no open activity was scheduled by the event"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newRun(t, engine.Options{}, impl).handle(c.script.events)
			failed := requireFailure(t, err, nonDeterministic)
			require.Contains(t, failed.Failure.GetMessage(), c.message)
		})
	}
}

func renumber(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
	for i, e := range events {
		e.EventId = int64(i) + 1
	}
	return events
}

func marker(name string) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{
		MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{MarkerName: name},
	}}
}

// Whatever is done to a history, the engine answers or returns an error; it never panics.
func TestDamagedHistoriesNeverPanic(t *testing.T) {
	var histories [][]*historypb.HistoryEvent
	for seed := range 4 {
		env := workflowtest.New(t, workflowtest.Options{}, interpreter, raised)
		workflowtest.OnActivity(env, echo, func(_ context.Context, in string) (string, error) { return in, nil }).Takes(3 * time.Second)
		env.After(time.Second, func() { require.NoError(t, workflowtest.Signal(env, word, "x")) })
		_, err := workflowtest.Execute(env, programs, program{Steps: []int{1, 2, 3, 4, 5, 8, 9, 10, 12, 15, 0, 11 + seed}, Forks: seed})
		require.NoError(t, err)
		histories = append(histories, env.History().GetEvents())
	}
	rapid.Check(t, func(rt *rapid.T) {
		var events []*historypb.HistoryEvent
		for _, e := range rapid.SampledFrom(histories).Draw(rt, "history") {
			events = append(events, proto.CloneOf(e))
		}
		// Up to the start of some task, so that the code runs beyond what is replayed.
		events = events[:rapid.IntRange(3, len(events)).Draw(rt, "length")]
		for range rapid.IntRange(1, 3).Draw(rt, "damages") {
			at := rapid.IntRange(0, len(events)-1).Draw(rt, "at")
			switch rapid.IntRange(0, 4).Draw(rt, "damage") {
			case 0:
				if len(events) > 1 {
					events = append(events[:at], events[at+1:]...)
				}
			case 1:
				events[at].Attributes = nil
			case 2:
				other := rapid.IntRange(0, len(events)-1).Draw(rt, "other")
				events[at], events[other] = events[other], events[at]
			case 3:
				events = append(events, proto.CloneOf(events[at]))
			case 4:
				events[at].EventType = enumspb.EventType(rapid.IntRange(0, 60).Draw(rt, "type"))
			}
		}
		renumber(events)
		r := newRun(rt, engine.Options{}, interpreter)
		defer r.Close()
		_, err := r.handle(events)
		if failed, ok := err.(*engine.TaskFailure); ok {
			require.Empty(rt, failed.Failure.GetStackTrace(), failed.Failure.GetMessage())
		}
		// The same events once more, for whoever only asks.
		asker := newRun(rt, engine.Options{}, interpreter)
		defer asker.Close()
		asker.task.Query = &querypb.WorkflowQuery{QueryType: "x"}
		_, err = asker.handle(events)
		if failed, ok := err.(*engine.TaskFailure); ok {
			require.Empty(rt, failed.Failure.GetStackTrace(), failed.Failure.GetMessage())
		}
	})
}
