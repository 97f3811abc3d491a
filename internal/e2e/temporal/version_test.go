package temporal

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// versioned tells the versions that it found before and after a signal; its code is of the given version.
func versioned(code workflow.Version) func(ctx workflow.Context) ([]workflow.Version, error) {
	return func(ctx workflow.Context) (found []workflow.Version, err error) {
		if code >= 0 {
			found = append(found, workflow.GetVersion(ctx, "first", workflow.DefaultVersion, code))
		}
		workflow.GetSignalChannel(ctx, "go on").Receive(ctx, nil)
		if code >= 0 {
			found = append(found, workflow.GetVersion(ctx, "first", workflow.DefaultVersion, code), workflow.GetVersion(ctx, "second", workflow.DefaultVersion, code))
		}
		return found, nil
	}
}

// A run keeps the versions that it began with, whatever the next worker's code is.
func TestGetVersion(t *testing.T) {
	cases := map[string]struct {
		before, after workflow.Version
		want          []workflow.Version
	}{
		"same code":             {1, 1, []workflow.Version{1, 1, 1}},
		"newer code":            {1, 3, []workflow.Version{1, 1, 3}},
		"code before the first": {workflow.DefaultVersion, 2, []workflow.Version{workflow.DefaultVersion, workflow.DefaultVersion, 2}},
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		for name, is := range cases {
			t.Run(name, func(t *testing.T) {
				queue := "queue-" + uuid.NewString()
				register := func(v workflow.Version) func(worker.Worker) {
					return func(w worker.Worker) {
						w.RegisterWorkflowWithOptions(versioned(v), workflow.RegisterOptions{Name: "play"})
					}
				}
				w := workerOf(t, c, queue, worker.Options{}, register(is.before))
				run := begin(t, c, queue, "play")
				ask[string](t, c, run.GetID(), client.QueryTypeStackTrace) // it has come to its signal
				w.Stop()
				w = workerOf(t, c, queue, worker.Options{}, register(is.after))
				t.Cleanup(w.Stop)
				require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "go on", nil))
				require.Equal(t, is.want, resultOf[[]workflow.Version](t, run))
			})
		}
	})
}

// Side effects happen once, and their results are found again in the history.
func TestSideEffects(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		var happened atomic.Int32
		flow := func(ctx workflow.Context) ([]string, error) {
			var got []string
			note := func(v any) error {
				var text string
				err := v.(interface{ Get(any) error }).Get(&text)
				got = append(got, text)
				return err
			}
			err := note(workflow.SideEffect(ctx, func(workflow.Context) any { return fmt.Sprint("once ", happened.Add(1)) }))
			if err != nil {
				return nil, err
			}
			mutable := func(v string) error {
				return note(workflow.MutableSideEffect(ctx, "setting", func(workflow.Context) any { return v }, func(a, b any) bool { return a == b }))
			}
			for _, v := range []string{"a", "a", "b"} {
				if err := mutable(v); err != nil {
					return nil, err
				}
			}
			workflow.GetSignalChannel(ctx, "go on").Receive(ctx, nil)
			err = mutable("b")
			return got, err
		}
		queue := "queue-" + uuid.NewString()
		register := func(w worker.Worker) {
			w.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: "play"})
		}
		w := workerOf(t, c, queue, worker.Options{}, register)
		run := begin(t, c, queue, "play")
		ask[string](t, c, run.GetID(), client.QueryTypeStackTrace)
		w.Stop()
		w = workerOf(t, c, queue, worker.Options{}, register)
		t.Cleanup(w.Stop)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "go on", nil))
		require.Equal(t, []string{"once 1", "a", "a", "b", "b"}, resultOf[[]string](t, run))
		require.EqualValues(t, 1, happened.Load())
	})
}
