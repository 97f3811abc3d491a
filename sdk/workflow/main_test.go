package workflow_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	none = workflow.None
	wctx = workflow.Context
)

// trace runs a workflow that notes what happens, and returns the notes.
func trace(t *testing.T, code func(ctx wctx, note func(string)) error) []string {
	t.Helper()
	w := workflow.Declare[none, []string]("Trace")
	impl := w.Implement(func(ctx wctx, _ none) ([]string, error) {
		var notes []string
		err := code(ctx, func(s string) { notes = append(notes, s) })
		return notes, err
	})
	out, err := workflowtest.Execute(workflowtest.New(t, workflowtest.Options{}, impl), w, none{})
	require.NoError(t, err)
	return out
}
