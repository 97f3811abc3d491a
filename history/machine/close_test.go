package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A run that could not close, since a signal came meanwhile, takes no signals and updates while its next workflow task tries again.
// This is soft state, so that no script can tell of it.
func TestSignalsDoNotKeepARunFromClosing(t *testing.T) {
	s := newScript(newWorld())
	play := func(text string) (last string) {
		for _, step := range parseScript(text) {
			last = s.do(step.command)
			require.NoError(t, s.world.check())
		}
		return last
	}
	const closing, taken = "workflow operation can not be applied because workflow is closing", "Signaled"
	require.Contains(t, play("start\n\nstart-task\n\nsignal a\n\ncomplete-task\n  complete\n"), "UnhandledCommand")
	require.Contains(t, play("signal b\n"), taken, "no task tries yet")
	play("start-task\n")
	for _, refused := range []string{"signal c", "signal-from c parent=p1 initiated=5", "signal-with-start c", "update u1"} {
		require.Contains(t, play(refused+"\n"), closing, refused)
	}

	play("advance 10s\n\nstart-task\n")
	require.NotContains(t, play("signal d\n"), closing, "the task has timed out")
	play("complete-task\n  complete\n\nstart-task\n\nfail-task\n\nstart-task\n")
	require.NotContains(t, play("signal e\n"), closing, "the task has failed")
	play("complete-task\n  complete\n\nstart-task\n")
	require.Contains(t, play("signal f\n"), closing)
	require.Contains(t, play("complete-task\n  complete\n"), "WorkflowExecutionCompleted")
}
