package temporal

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// counting counts its signals until one says that it is enough, and tells the count to who asks.
func counting(ctx workflow.Context) (int, error) {
	count := 0
	if err := workflow.SetQueryHandler(ctx, "count", func() (int, error) { return count, nil }); err != nil {
		return 0, err
	}
	for enough := false; !enough; count++ {
		workflow.GetSignalChannel(ctx, "more").Receive(ctx, &enough)
	}
	return count, nil
}

func TestQuery(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorker(t, c, worker.Options{}, func(w worker.Worker) { w.RegisterWorkflow(counting) })
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue}, counting)
		require.NoError(t, err)
		for want := range 3 {
			value, err := c.QueryWorkflow(within(t), run.GetID(), "", "count")
			require.NoError(t, err)
			var count int
			require.NoError(t, value.Get(&count))
			require.Equal(t, want, count)
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", want == 2))
		}
		var count int
		require.NoError(t, run.Get(within(t), &count))
		require.Equal(t, 3, count)
	})
}
