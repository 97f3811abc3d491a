package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// host is a worker that says who it is.
type host struct{ name string }

func (h *host) Where(ctx context.Context) ([]string, error) {
	return []string{h.name, activity.GetInfo(ctx).TaskQueue}, nil
}

// All activities of a session run in one worker, on a queue of its own; others run anywhere.
func TestSession(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := "queue-" + uuid.NewString()
		for _, name := range []string{"one", "two"} {
			w := workerOf(t, c, queue, worker.Options{EnableSessionWorker: true}, func(w worker.Worker) {
				w.RegisterWorkflowWithOptions(inSession, workflow.RegisterOptions{Name: "play"})
				w.RegisterActivity(&host{name})
			})
			t.Cleanup(w.Stop)
		}
		got := resultOf[[][]string](t, begin(t, c, queue, "play"))
		require.Len(t, got, 6)
		for _, where := range got[:5] {
			require.Equal(t, got[0], where)
			require.NotEqual(t, queue, where[1])
		}
		require.Equal(t, queue, got[5][1])
	})
}

func inSession(ctx workflow.Context) ([][]string, error) {
	var all [][]string
	where := func(ctx workflow.Context) error {
		var at []string
		err := workflow.ExecuteActivity(ctx, "Where").Get(ctx, &at)
		all = append(all, at)
		return err
	}
	ctx = quickly(ctx)
	session, err := workflow.CreateSession(ctx, &workflow.SessionOptions{CreationTimeout: patience, ExecutionTimeout: time.Hour})
	if err != nil {
		return nil, err
	}
	for range 4 {
		if err := where(session); err != nil {
			return nil, err
		}
	}
	again, err := workflow.RecreateSession(ctx, workflow.GetSessionInfo(session).GetRecreateToken(), &workflow.SessionOptions{CreationTimeout: patience, ExecutionTimeout: time.Hour})
	if err != nil {
		return nil, err
	}
	if err := where(again); err != nil {
		return nil, err
	}
	workflow.CompleteSession(again)
	workflow.CompleteSession(session)
	return all, where(ctx)
}
