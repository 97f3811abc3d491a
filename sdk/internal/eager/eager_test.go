package eager

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// takes is a worker that has slots for workflows of type T.
func takes(name string, slots int, ran *[]string) Take {
	return func(workflowType string) (Run, bool) {
		if workflowType != "T" || slots == 0 {
			return nil, false
		}
		slots--
		return func(*workflowservice.PollWorkflowTaskQueueResponse) { *ran = append(*ran, name) }, true
	}
}

func TestWorkersTakeTurns(t *testing.T) {
	var w Workers
	var ran []string
	try := func(queue, workflowType string) bool {
		run, took := w.Take(queue, workflowType)
		if took {
			run(nil)
		}
		return took
	}
	require.False(t, try("q", "T"))
	removeA := w.Add("q", takes("a", 2, &ran))
	removeB := w.Add("q", takes("b", 1, &ran))
	require.False(t, try("other", "T"))
	require.False(t, try("q", "U"))
	require.True(t, try("q", "T"))
	require.True(t, try("q", "T"))
	require.True(t, try("q", "T"), "who has a slot left takes it out of turn")
	require.ElementsMatch(t, []string{"a", "a", "b"}, ran)
	require.False(t, try("q", "T"))

	removeA()
	removeA()
	removeB()
	require.Empty(t, w.queues)
}
