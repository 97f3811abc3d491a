package history

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// overflowing is a run whose workflow task has as many signals waiting as may, and three more that are not answered.
func overflowing(t *testing.T) (d *driven, token []byte, names []string, late []*asked) {
	t.Helper()
	d = newPlace(t, nil).drive(t)
	d.must(start("w"))
	task := d.active["w"].Run.WorkflowTask(time.Now())
	token = d.must(&workerpb.StartTaskRequest{Task: task, RequestId: "r"})[0].(*workflowservice.PollWorkflowTaskQueueResponse).TaskToken
	for n := range api.DefaultLimits().BufferedEvents + 3 {
		name := fmt.Sprint(n)
		names = append(names, name)
		asked := d.decide(signal("w", name))[0]
		if n >= api.DefaultLimits().BufferedEvents {
			late = append(late, asked)
			continue
		}
		_, err := d.outcome(asked)
		require.NoError(t, err)
	}
	d.quiet()
	require.Len(t, d.active["w"].waiting, 3)
	return d, token, names, late
}

// Signals that come faster than their workflow task ends wait for its end, in their order.
func TestSignalsWaitForTheTask(t *testing.T) {
	d, token, names, late := overflowing(t)
	d.must(&workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: token})
	for _, asked := range late {
		_, err := d.outcome(asked)
		require.NoError(t, err)
	}
	require.Equal(t, names, d.signals("w"))
	require.Zero(t, count(d.events("w"), enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED))
	require.Empty(t, d.active["w"].waiting)
}

// A task that takes too long is ended by them, as one whose worker is gone.
func TestSignalsEndATaskThatTakesLong(t *testing.T) {
	d, _, names, late := overflowing(t)
	for _, asked := range late {
		_, err := d.outcome(asked)
		require.NoError(t, err)
	}
	require.Equal(t, names, d.signals("w"))
	require.Equal(t, 1, count(d.events("w"), enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED))
}

// Held signals of a run that closes are answered that it has.
func TestHeldSignalsOfAClosedRun(t *testing.T) {
	d, _, _, late := overflowing(t)
	d.must(terminate("w"))
	for _, asked := range late {
		_, err := d.outcome(asked)
		require.ErrorContains(t, err, "completed")
	}
}
