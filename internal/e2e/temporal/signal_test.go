package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// gathering gathers signals until there are as many as asked for.
func gathering(ctx workflow.Context, count int) ([]int, error) {
	var got []int
	for len(got) < count {
		var n int
		workflow.GetSignalChannel(ctx, "n").Receive(ctx, &n)
		got = append(got, n)
	}
	return got, nil
}

func gatherer(t testing.TB, c client.Client) (queue string) {
	t.Helper()
	return startWorker(t, c, worker.Options{}, func(w worker.Worker) { w.RegisterWorkflow(gathering) })
}

// upTo are the numbers below n, in order.
func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestSignalsInOrder(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		const count = 100
		run := begin(t, c, gatherer(t, c), gathering, count)
		for n := range count {
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), run.GetRunID(), "n", n))
		}
		require.Equal(t, upTo(count), resultOf[[]int](t, run))
	})
}

// Signal with start starts once, and signals each time.
func TestSignalWithStart(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		options := client.StartWorkflowOptions{TaskQueue: gatherer(t, c)}
		id := "gather-" + uuid.NewString()
		var runs []string
		for n := range 3 {
			run, err := c.SignalWithStartWorkflow(within(t), id, "n", n, options, gathering, 3)
			require.NoError(t, err)
			runs = append(runs, run.GetRunID())
		}
		require.Equal(t, []string{runs[0], runs[0], runs[0]}, runs)
		require.Equal(t, upTo(3), resultOf[[]int](t, c.GetWorkflow(within(t), id, "")))

		options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
		options.WorkflowExecutionErrorWhenAlreadyStarted = true
		_, err := c.SignalWithStartWorkflow(within(t), id, "n", 1, options, gathering, 1)
		var started *serviceerror.WorkflowExecutionAlreadyStarted
		require.ErrorAs(t, err, &started)
	})
}

func TestSignalRefused(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, gatherer(t, c), gathering, 0)
		resultOf[[]int](t, run)
		var missing *serviceerror.NotFound
		require.ErrorAs(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", 1), &missing)
		require.ErrorAs(t, c.SignalWorkflow(within(t), run.GetID(), run.GetRunID(), "n", 1), &missing)
		require.ErrorAs(t, c.SignalWorkflow(within(t), "nobody-"+uuid.NewString(), "", "n", 1), &missing)
		var invalid *serviceerror.InvalidArgument
		require.ErrorAs(t, c.SignalWorkflow(within(t), run.GetID(), "no run's id", "n", 1), &invalid)
	})
}

// Signals that come while a run continues as new reach the next one, and none is lost.
func TestSignalsOverContinueAsNew(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		const count = 60
		relay := func(ctx workflow.Context, got []int) ([]int, error) {
			signals := workflow.GetSignalChannel(ctx, "n")
			var n int
			signals.Receive(ctx, &n)
			for got = append(got, n); signals.ReceiveAsync(&n); {
				got = append(got, n)
			}
			if len(got) < count {
				return nil, workflow.NewContinueAsNewError(ctx, "play", got)
			}
			return got, nil
		}
		run := begin(t, c, startWorkerOf(t, c, relay), "play", []int{})
		for n := range count {
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "n", n))
		}
		require.Equal(t, upTo(count), resultOf[[]int](t, run))
	})
}
