package temporal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/internal/proctest"
)

// tell says where the worker is, and returns when the test lets it go on.
//
//perdure:allow a workflow task that hangs is what the test is about
func (j job) tell(place string) error {
	reply, err := http.Get(j.Told + "?at=" + url.QueryEscape(place))
	if err == nil {
		err = reply.Body.Close()
	}
	return err
}

// inTask hangs in its workflow task.
func (j job) inTask(workflow.Context) (string, error) { return "done", j.tell("task") }

// inActivity waits for an activity that hangs.
func inActivity(ctx workflow.Context) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: patience, HeartbeatTimeout: 500 * time.Millisecond,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond},
	})
	var text string
	err := workflow.ExecuteActivity(ctx, "Hang").Get(ctx, &text)
	return text, err
}

// Hang hangs.
func (j *job) Hang(context.Context) (string, error) { return "done", j.tell("activity") }

// gate is where workers tell where they are: the first to come to a place is kept there.
type gate struct {
	*httptest.Server
	kept chan string
}

func newGate(t testing.TB) *gate {
	t.Helper()
	g := &gate{kept: make(chan string, 10)}
	first := make(chan map[string]bool, 1)
	first <- map[string]bool{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen, at := <-first, r.URL.Query().Get("at")
		keep := !seen[at]
		seen[at] = true
		first <- seen
		if keep {
			g.kept <- at
			<-r.Context().Done() // the worker was killed
		}
	}))
	t.Cleanup(g.Close)
	return g
}

// A worker is killed in the middle of a workflow task and of an activity, and with a run in its cache; another one
// finishes them all.
func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, g, j := dial(t, way(t, shared(t))), newGate(t), jobFor(t, name)
			j.Told = g.URL
			doomed := proctest.StartAgain(t, workerVariable, j)
			doomed.AwaitReady(t)

			start := func(kind string, args ...any) client.WorkflowRun {
				run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: j.Queue, WorkflowTaskTimeout: 2 * time.Second}, kind, args...)
				require.NoError(t, err)
				return run
			}
			sticky := start("gathering", 3)
			require.NoError(t, c.SignalWorkflow(within(t), sticky.GetID(), "", "n", 0))
			ask[string](t, c, sticky.GetID(), client.QueryTypeStackTrace)
			task, activity := start("task"), start("activity")
			await(t, g.kept, "no worker hangs")
			await(t, g.kept, "only one task of a worker hangs")
			doomed.Kill()

			w := workerOf(t, c, j.Queue, worker.Options{}, j.register)
			t.Cleanup(w.Stop)
			for n := 1; n < 3; n++ {
				require.NoError(t, c.SignalWorkflow(within(t), sticky.GetID(), "", "n", n))
			}
			require.Equal(t, upTo(3), resultOf[[]int](t, sticky))
			require.Equal(t, "done", resultOf[string](t, task))
			require.Equal(t, "done", resultOf[string](t, activity))
		})
	}
}
