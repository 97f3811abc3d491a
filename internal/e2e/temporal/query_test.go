package temporal

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
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
	if err := workflow.SetQueryHandler(ctx, "fail", func(why string) (int, error) { return 0, errors.New(why) }); err != nil {
		return 0, err
	}
	for enough := false; !enough; count++ {
		workflow.GetSignalChannel(ctx, "more").Receive(ctx, &enough)
	}
	return count, nil
}

func registerCounting(w worker.Worker) { w.RegisterWorkflow(counting) }

// ask is a query's answer.
func ask[T any](t testing.TB, c client.Client, id, query string, args ...any) T {
	t.Helper()
	value, err := c.QueryWorkflow(within(t), id, "", query, args...)
	require.NoError(t, err)
	var answer T
	require.NoError(t, value.Get(&answer))
	return answer
}

func TestQuery(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		for want := range 3 {
			require.Equal(t, want, ask[int](t, c, run.GetID(), "count"))
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", want == 2))
		}
		require.Equal(t, 3, resultOf[int](t, run))
		require.Equal(t, 3, ask[int](t, c, run.GetID(), "count"), "of a closed workflow")
	})
}

// A worker that never saw the run answers from its history.
func TestQueryAfterTheWorkerChanged(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := "queue-" + uuid.NewString()
		w := workerOf(t, c, queue, worker.Options{}, registerCounting)
		run := begin(t, c, queue, counting)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", false))
		require.Equal(t, 1, ask[int](t, c, run.GetID(), "count"))
		w.Stop()

		w = workerOf(t, c, queue, worker.Options{}, registerCounting)
		t.Cleanup(w.Stop)
		require.Equal(t, 1, ask[int](t, c, run.GetID(), "count"))
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", true))
		require.Equal(t, 2, resultOf[int](t, run))
	})
}

func TestQueryFails(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		var failed *serviceerror.QueryFailed
		_, err := c.QueryWorkflow(within(t), run.GetID(), "", "fail", "the handler's word")
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "the handler's word")
		_, err = c.QueryWorkflow(within(t), run.GetID(), "", "unheard-of")
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "unheard-of")
		require.ErrorContains(t, err, "count", "it names those that there are")

		var missing *serviceerror.NotFound
		_, err = c.QueryWorkflow(within(t), "nobody-"+uuid.NewString(), "", "count")
		require.ErrorAs(t, err, &missing)
	})
}

func TestQueryRejected(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		query := func(condition enumspb.QueryRejectCondition) *client.QueryWorkflowWithOptionsResponse {
			reply, err := c.QueryWorkflowWithOptions(within(t), &client.QueryWorkflowWithOptionsRequest{
				WorkflowID: run.GetID(), QueryType: "count", QueryRejectCondition: condition,
			})
			require.NoError(t, err)
			return reply
		}
		require.Nil(t, query(enumspb.QUERY_REJECT_CONDITION_NOT_OPEN).QueryRejected)
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", true))
		resultOf[int](t, run)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, query(enumspb.QUERY_REJECT_CONDITION_NOT_OPEN).QueryRejected.GetStatus())
		require.Nil(t, query(enumspb.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY).QueryRejected)

		run = begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", "for the test"))
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, query(enumspb.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY).QueryRejected.GetStatus())
	})
}

// The queries that the SDK itself answers.
func TestQueryBuiltIn(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		require.Contains(t, ask[string](t, c, run.GetID(), client.QueryTypeStackTrace), "counting")
		metadata := ask[*sdkpb.WorkflowMetadata](t, c, run.GetID(), "__temporal_workflow_metadata")
		require.Equal(t, "counting", metadata.GetDefinition().GetType())
		value, err := c.QueryWorkflow(within(t), run.GetID(), "", client.QueryTypeOpenSessions)
		require.NoError(t, err)
		require.True(t, value.HasValue())
	})
}

// Many ask at once while signals come: each is answered, with a count that was true.
func TestQueriesAmongSignals(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		const signals, askers = 30, 4
		seen := make(chan []int, askers)
		for range askers {
			go func() {
				var counts []int
				for range signals {
					value, err := c.QueryWorkflow(within(t), run.GetID(), "", "count")
					var n int
					if err == nil {
						err = value.Get(&n)
					}
					if err != nil {
						t.Errorf("a query among signals: %v", err)
						break
					}
					counts = append(counts, n)
				}
				seen <- counts
			}()
		}
		for n := range signals {
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", n == signals-1))
		}
		require.Equal(t, signals, resultOf[int](t, run))
		for range askers {
			require.IsNonDecreasing(t, await(t, seen, "the queries do not end"))
		}
	})
}

// What a starter and the code say of a run is in its description, its history and its metadata.
func TestUserMetadata(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := startWorkerOf(t, c, func(ctx workflow.Context) error {
			workflow.SetCurrentDetails(ctx, "it waits")
			return workflow.NewTimerWithOptions(ctx, time.Hour, workflow.TimerOptions{Summary: "a long one"}).Get(ctx, nil)
		})
		run, err := c.ExecuteWorkflow(within(t), client.StartWorkflowOptions{TaskQueue: queue, StaticSummary: "a summary", StaticDetails: "details"}, "play")
		require.NoError(t, err)
		require.Equal(t, "it waits", ask[*sdkpb.WorkflowMetadata](t, c, run.GetID(), "__temporal_workflow_metadata").GetCurrentDetails())
		described, err := c.DescribeWorkflow(within(t), run.GetID(), "")
		require.NoError(t, err)
		summary, err := described.GetStaticSummary()
		require.NoError(t, err)
		require.Equal(t, "a summary", summary)
		details, err := described.GetStaticDetails()
		require.NoError(t, err)
		require.Equal(t, "details", details)
		for _, event := range pagesOf(t, c, run, 0) {
			if event.GetTimerStartedEventAttributes() != nil {
				require.Equal(t, `"a long one"`, string(event.GetUserMetadata().GetSummary().GetData()))
			}
		}
		require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))
	})
}
