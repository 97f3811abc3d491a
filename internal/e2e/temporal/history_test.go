package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/proto"
)

// eventsOf are the events of a run as the SDK iterates over them.
func eventsOf(t testing.TB, c client.Client, run client.WorkflowRun, filter enumspb.HistoryEventFilterType) (events []*historypb.HistoryEvent) {
	t.Helper()
	pages := c.GetWorkflowHistory(within(t), run.GetID(), run.GetRunID(), false, filter)
	for pages.HasNext() {
		e, err := pages.Next()
		require.NoError(t, err)
		events = append(events, e)
	}
	return events
}

// A reader of the history is told of each event as it comes, up to the last.
func TestHistoryFollowed(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		following := c.GetWorkflowHistory(within(t), run.GetID(), run.GetRunID(), true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		var followed []*historypb.HistoryEvent
		const signals = 5
		for n := 0; following.HasNext(); {
			e, err := following.Next()
			require.NoError(t, err)
			followed = append(followed, e)
			if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED && n < signals {
				n++
				require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", n == signals))
			}
		}
		require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, followed[len(followed)-1].GetEventType())
		for i, e := range followed {
			require.EqualValues(t, i+1, e.GetEventId())
		}
		all := eventsOf(t, c, run, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		require.Len(t, all, len(followed))
		for i := range all {
			require.True(t, proto.Equal(all[i], followed[i]), "event %d", i+1)
		}
	})
}

// Who waits for the end alone gets the last event and no other.
func TestHistoryCloseEvent(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		waiting := make(chan []*historypb.HistoryEvent, 1)
		go func() {
			var got []*historypb.HistoryEvent
			for ends := c.GetWorkflowHistory(within(t), run.GetID(), "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT); ends.HasNext(); {
				e, err := ends.Next()
				if err != nil {
					t.Errorf("waiting for the close event: %v", err)
					break
				}
				got = append(got, e)
			}
			waiting <- got
		}()
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", true))
		got := await(t, waiting, "the close event does not come")
		require.Len(t, got, 1)
		require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, got[0].GetEventType())
	})
}

// Pages of a history, forwards and in reverse, hold the same events.
func TestHistoryPages(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		const signals = 60
		run := begin(t, c, startWorker(t, c, worker.Options{}, registerCounting), counting)
		for n := range signals {
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "more", n == signals-1))
		}
		require.Equal(t, signals, resultOf[int](t, run))
		all := eventsOf(t, c, run, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		require.Greater(t, len(all), signals)
		for _, size := range []int32{2, 7, 1000} {
			forwards := pagesOf(t, c, run, size)
			backwards := reversePagesOf(t, c, run, size)
			require.Len(t, forwards, len(all))
			require.Len(t, backwards, len(all))
			for i, e := range all {
				require.True(t, proto.Equal(e, forwards[i]), "event %d in pages of %d", i+1, size)
				require.True(t, proto.Equal(e, backwards[len(all)-1-i]), "event %d in reverse pages of %d", i+1, size)
			}
		}
	})
}

func pagesOf(t testing.TB, c client.Client, run client.WorkflowRun, size int32) (events []*historypb.HistoryEvent) {
	t.Helper()
	request := &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: client.DefaultNamespace, Execution: &commonpb.WorkflowExecution{WorkflowId: run.GetID()}, MaximumPageSize: size,
	}
	for first := true; first || len(request.NextPageToken) > 0; first = false {
		reply, err := c.WorkflowService().GetWorkflowExecutionHistory(within(t), request)
		require.NoError(t, err)
		events = append(events, reply.GetHistory().GetEvents()...)
		request.NextPageToken = reply.GetNextPageToken()
	}
	return events
}

func reversePagesOf(t testing.TB, c client.Client, run client.WorkflowRun, size int32) (events []*historypb.HistoryEvent) {
	t.Helper()
	request := &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: client.DefaultNamespace, Execution: &commonpb.WorkflowExecution{WorkflowId: run.GetID()}, MaximumPageSize: size,
	}
	for first := true; first || len(request.NextPageToken) > 0; first = false {
		reply, err := c.WorkflowService().GetWorkflowExecutionHistoryReverse(within(t), request)
		require.NoError(t, err)
		events = append(events, reply.GetHistory().GetEvents()...)
		request.NextPageToken = reply.GetNextPageToken()
	}
	return events
}

func TestHistoryOfNobody(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		var missing *serviceerror.NotFound
		_, err := c.GetWorkflowHistory(within(t), "nobody-"+uuid.NewString(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
		require.ErrorAs(t, err, &missing)
	})
}
