package workflowtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/workflow"
)

func TestUpserts(t *testing.T) {
	w := workflow.Declare[none, none]("Upserting")
	code := w.Implement(func(ctx workflow.Context, _ none) (none, error) {
		if err := workflow.UpsertSearchAttributes(ctx, map[string]any{"Stage": "packed", "Total": nil}); err != nil {
			return none{}, err
		}
		if err := workflow.UpsertMemo(ctx, map[string]any{"box": 7}); err != nil {
			return none{}, err
		}
		workflow.GetVersion(ctx, "change", workflow.DefaultVersion, 1)
		return none{}, workflow.Sleep(ctx, time.Hour)
	})
	env := New(t, Options{SearchAttributes: map[string]any{"Stage": "new", "Total": 3}, Memo: map[string]any{"note": "x"}}, code)
	env.After(time.Minute, func() {
		var (
			stage, note string
			versions    []string
			box         int
		)
		for _, read := range []struct {
			of   func(string, any) (bool, error)
			name string
			into any
		}{
			{env.SearchAttribute, "Stage", &stage}, {env.SearchAttribute, "TemporalChangeVersion", &versions}, {env.Memo, "note", &note}, {env.Memo, "box", &box},
		} {
			found, err := read.of(read.name, read.into)
			require.NoError(t, err)
			require.True(t, found, read.name)
		}
		require.Equal(t, []any{"packed", "x", 7, []string{"change-1"}}, []any{stage, note, box, versions})

		found, err := env.SearchAttribute("Total", &box)
		require.NoError(t, err)
		require.False(t, found)
		_, err = env.Memo("note", &box)
		require.ErrorContains(t, err, "memo note")
	})
	_, err := Execute(env, w, none{})
	require.NoError(t, err)

	for _, o := range []Options{{Memo: map[string]any{"k": make(chan int)}}, {SearchAttributes: map[string]any{"K": nil}}} {
		_, err := Execute(New(t, o, code), w, none{})
		require.Error(t, err)
	}
}

// A run that is continued as new begins with what the one before has upserted, and a retry with what its first was started with.
func TestWhatTheNextRunHasOfUpserts(t *testing.T) {
	for name, test := range map[string]struct {
		next func(ctx workflow.Context, w workflow.Workflow[int, none], n int) error
		want []string
	}{
		"continued": {func(ctx workflow.Context, w workflow.Workflow[int, none], n int) error {
			return workflow.NewContinueAsNewError(ctx, w, n+1)
		}, []string{"0 0", "1 1", "2 2"}},
		"retried": {func(workflow.Context, workflow.Workflow[int, none], int) error { return errors.New("once more") }, []string{"0 0", "0 0", "0 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			var runs []string
			count := workflow.Declare[int, none]("Count")
			code := count.Implement(func(ctx workflow.Context, n int) (none, error) {
				info := workflow.GetInfo(ctx)
				if !workflow.IsReplaying(ctx) {
					runs = append(runs, fmt.Sprintf("%s %s", info.Memo.GetFields()["n"].GetData(), info.SearchAttributes.GetIndexedFields()["N"].GetData()))
				}
				if n == 3 || info.Attempt == 3 {
					return none{}, nil
				}
				err := errors.Join(workflow.UpsertMemo(ctx, map[string]any{"n": n}), workflow.UpsertSearchAttributes(ctx, map[string]any{"N": n}))
				if err != nil {
					return none{}, err
				}
				return none{}, test.next(ctx, count, n)
			})
			parent := workflow.Declare[none, none]("Parent")
			_, err := Execute(New(t, Options{}, code, parent.Implement(func(ctx workflow.Context, _ none) (none, error) {
				ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
					RetryPolicy: &workflow.RetryPolicy{}, Memo: map[string]any{"n": 0}, SearchAttributes: map[string]any{"N": 0},
				})
				return workflow.ExecuteChildWorkflow(ctx, count, 1).Get(ctx)
			})), parent, none{})
			require.NoError(t, err)
			require.Equal(t, test.want, runs)
		})
	}
}
