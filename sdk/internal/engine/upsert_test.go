package engine_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	querypb "go.temporal.io/api/query/v1"

	"github.com/perdure/perdure/sdk/internal/engine"
	"github.com/perdure/perdure/sdk/workflow"
)

// upserted writes the event of a command that upserts search attributes.
func (s *script) upserted(c *commandpb.Command) *script {
	return s.add(enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{
			UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{
				SearchAttributes: c.GetUpsertWorkflowSearchAttributesCommandAttributes().GetSearchAttributes(),
			},
		},
	})
}

func indexed(ctx workflow.Context) []string {
	return fields(workflow.GetInfo(ctx).SearchAttributes.GetIndexedFields())
}

// The info has what was upserted from the call on, the first time and on replay; what it gave out before stays.
func TestInfoHasWhatWasUpserted(t *testing.T) {
	replays := 0
	impl := alone(func(ctx workflow.Context) (none, error) {
		if workflow.IsReplaying(ctx) {
			replays++
		}
		require.Empty(t, indexed(ctx))
		require.NoError(t, workflow.UpsertSearchAttributes(ctx, map[string]any{"N": 1, "K": "a", "L": []string{"x"}}))
		before := workflow.GetInfo(ctx)
		require.Equal(t, []string{`K="a"`, `L=["x"]`, "N=1"}, indexed(ctx))
		require.NoError(t, workflow.UpsertSearchAttributes(ctx, map[string]any{"N": 2, "K": nil, "L": []string{}}))
		require.Equal(t, []string{"N=2"}, indexed(ctx))
		require.Equal(t, []string{`K="a"`, `L=["x"]`, "N=1"}, fields(before.SearchAttributes.GetIndexedFields()))

		require.NoError(t, workflow.UpsertMemo(ctx, map[string]any{"m": 1, "n": struct{ A int }{2}}))
		require.NoError(t, workflow.UpsertMemo(ctx, map[string]any{"m": nil}))
		require.Equal(t, []string{`n={"A":2}`}, fields(workflow.GetInfo(ctx).Memo.GetFields()))
		return none{}, workflow.Sleep(ctx, time.Second)
	})
	done, err := newRun(t, engine.Options{}, impl).handle(newScript().started().events)
	require.NoError(t, err)
	require.Equal(t, []string{"UpsertWorkflowSearchAttributes", "UpsertWorkflowSearchAttributes", "ModifyWorkflowProperties", "ModifyWorkflowProperties", "StartTimer"}, types(done.GetCommands()))
	require.Equal(t, "binary/null", string(done.GetCommands()[1].GetUpsertWorkflowSearchAttributesCommandAttributes().GetSearchAttributes().GetIndexedFields()["K"].GetMetadata()["encoding"]))

	s := newScript().started().completed().upserted(done.GetCommands()[0]).upserted(done.GetCommands()[1])
	s.add(enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, &historypb.HistoryEvent{}).add(enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED, &historypb.HistoryEvent{})
	done, err = newRun(t, engine.Options{}, impl).handle(s.timerStarted("9").timerFired(9).started().events)
	require.NoError(t, err)
	require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
	require.Equal(t, 1, replays)
}

func TestUpsertMistakes(t *testing.T) {
	impl := alone(func(ctx workflow.Context) (none, error) {
		require.ErrorContains(t, workflow.UpsertSearchAttributes(ctx, nil), "there are none to upsert")
		require.ErrorContains(t, workflow.UpsertSearchAttributes(ctx, map[string]any{"K": struct{}{}}), "search attribute K: a struct {} cannot be indexed")
		require.ErrorContains(t, workflow.UpsertSearchAttributes(ctx, map[string]any{"TemporalChangeVersion": []string{"mine"}}), "TemporalChangeVersion is set by GetVersion alone")
		require.ErrorContains(t, workflow.UpsertMemo(ctx, nil), "there are none to upsert")
		require.ErrorContains(t, workflow.UpsertMemo(ctx, map[string]any{"k": make(chan int)}), "memo k")
		return none{}, nil
	})
	done, err := newRun(t, engine.Options{}, impl).handle(newScript().started().events)
	require.NoError(t, err)
	require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))

	inQuery := alone(func(ctx workflow.Context) (none, error) {
		workflow.DeclareQuery[none, none]("q").Handle(ctx, func(none) (none, error) {
			return none{}, workflow.UpsertMemo(ctx, map[string]any{"k": 1})
		})
		return none{}, workflow.Sleep(ctx, time.Second)
	})
	r := newRun(t, engine.Options{}, inQuery)
	_, err = r.handle(newScript().started().events)
	require.NoError(t, err)
	require.Contains(t, r.Query(t.Context(), &querypb.WorkflowQuery{QueryType: "q"}).GetErrorMessage(), "attempt to upsert the memo in")
}

// versionsOf are the versions that a command makes searchable.
func versionsOf(c *commandpb.Command) string {
	return string(c.GetUpsertWorkflowSearchAttributesCommandAttributes().GetSearchAttributes().GetIndexedFields()["TemporalChangeVersion"].GetData())
}

// The newest version is first, as Temporal's Go SDK writes them, and the others behind it in the order of their names.
func TestVersionsAreSearchable(t *testing.T) {
	var seen []string
	note := func(ctx workflow.Context) { seen = append(seen, fmt.Sprint(indexed(ctx))) }
	calls := func(changes ...string) workflow.Implementation {
		return alone(func(ctx workflow.Context) (none, error) {
			for _, change := range changes {
				workflow.GetVersion(ctx, change, workflow.DefaultVersion, 1)
				note(ctx)
			}
			err := workflow.Sleep(ctx, time.Second)
			note(ctx)
			return none{}, err
		})
	}
	done, err := newRun(t, engine.Options{}, calls("b", "a", "c", "b")).handle(newScript().started().events)
	require.NoError(t, err)
	commands := done.GetCommands()
	require.Len(t, commands, 7)
	require.Equal(t, []string{`["b-1"]`, `["a-1","b-1"]`, `["c-1","a-1","b-1"]`}, []string{versionsOf(commands[1]), versionsOf(commands[3]), versionsOf(commands[5])})
	live := seen

	history := func() *script {
		s := newScript().started().completed()
		for i, change := range []string{"b", "a", "c"} {
			s.version(change, 1).upserted(commands[2*i+1])
		}
		return s.timerStarted("11").timerFired(11).started()
	}
	for name, changes := range map[string][]string{"the same code": {"b", "a", "c", "b"}, "without two of the calls": {"b"}} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			done, err := newRun(t, engine.Options{}, calls(changes...)).handle(history().events)
			require.NoError(t, err)
			require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
			require.Equal(t, `[TemporalChangeVersion=["c-1","a-1","b-1"]]`, seen[len(seen)-1])
			if len(changes) == 4 {
				require.Equal(t, live, seen[:4])
			}
		})
	}
	t.Run("another is told with those of the history", func(t *testing.T) {
		impl := alone(func(ctx workflow.Context) (none, error) {
			if err := workflow.Sleep(ctx, time.Second); err != nil {
				return none{}, err
			}
			workflow.GetVersion(ctx, "new", workflow.DefaultVersion, 4)
			return none{}, nil
		})
		done, err := newRun(t, engine.Options{}, impl).handle(history().events)
		require.NoError(t, err)
		require.Equal(t, `["new-4","a-1","b-1","c-1"]`, versionsOf(done.GetCommands()[1]))
	})
}

// What the search attribute cannot hold is not upserted: the server would fail the task. The marker is there all the same.
func TestMoreVersionsThanASearchAttributeHolds(t *testing.T) {
	long := strings.Repeat("x", 1500)
	impl := alone(func(ctx workflow.Context) (int, error) {
		workflow.GetVersion(ctx, long, workflow.DefaultVersion, 1)
		return workflow.GetVersion(ctx, long+"y", workflow.DefaultVersion, 1), workflow.Sleep(ctx, time.Second)
	})
	var out bytes.Buffer
	done, err := newRun(t, engine.Options{Logger: zerolog.New(&out)}, impl).handle(newScript().started().events)
	require.NoError(t, err)
	require.Equal(t, []string{"RecordMarker", "UpsertWorkflowSearchAttributes", "RecordMarker", "StartTimer"}, types(done.GetCommands()))
	require.Contains(t, out.String(), "more versions than the search attribute TemporalChangeVersion holds")

	s := newScript().started().completed().version(long, 1).upserted(done.GetCommands()[1]).version(long+"y", 1).timerStarted("8").timerFired(8).started()
	done, err = newRun(t, engine.Options{}, impl).handle(s.events)
	require.NoError(t, err)
	require.Equal(t, []string{"CompleteWorkflowExecution"}, types(done.GetCommands()))
}

// The next run begins with what this one has by then.
func TestContinuedAsNewWithWhatWasUpserted(t *testing.T) {
	again := workflow.Declare[none, none]("Alone")
	impl := alone(func(ctx workflow.Context) (none, error) {
		require.NoError(t, workflow.UpsertSearchAttributes(ctx, map[string]any{"K": "a"}))
		require.NoError(t, workflow.UpsertMemo(ctx, map[string]any{"m": 1}))
		return none{}, workflow.NewContinueAsNewError(ctx, again, none{})
	})
	done, err := newRun(t, engine.Options{}, impl).handle(newScript().started().events)
	require.NoError(t, err)
	next := done.GetCommands()[2].GetContinueAsNewWorkflowExecutionCommandAttributes()
	require.Equal(t, []string{`K="a"`}, fields(next.GetSearchAttributes().GetIndexedFields()))
	require.Equal(t, map[string]*commonpb.Payload{"m": {Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte("1")}}, next.GetMemo().GetFields())
}
