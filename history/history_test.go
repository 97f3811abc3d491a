package history

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// page reads one page of the workflow's history, by its id alone.
func (d *driven) page(q *workflowservice.GetWorkflowExecutionHistoryRequest) ([]*historypb.HistoryEvent, []byte) {
	d.t.Helper()
	q.Execution = execution("w", "")
	reply := d.must(q)[0].(*workflowservice.GetWorkflowExecutionHistoryResponse)
	require.NoError(d.t, api.Settle(reply))
	return reply.History.Events, reply.NextPageToken
}

// Later pages are of the run that the first was of, wherever it is by then, and of what it had then.
func TestPagesAreOfOneRun(t *testing.T) {
	for name, move := range map[string]func(d *driven){
		"in memory":  func(*driven) {},
		"in HISTORY": func(d *driven) { d.archive(); d.leave(d.active["w"]) },
	} {
		t.Run(name, func(t *testing.T) {
			d := busyPlace(t, func(*Config) {}).drive(t)
			d.run("w")
			d.must(signal("w", "one"))
			first, token := d.page(&workflowservice.GetWorkflowExecutionHistoryRequest{MaximumPageSize: 1})
			require.NotEmpty(t, token)
			d.must(signal("w", "late"), terminate("w"))
			move(d)
			d.run("w")
			second, token := d.page(&workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: token})
			require.Empty(t, token)
			require.Equal(t, "one", second[len(second)-1].GetWorkflowExecutionSignaledEventAttributes().GetSignalName())
			require.Equal(t, first[len(first)-1].EventId+1, second[0].EventId)
		})
	}
}

// Who follows a run is told of its close, and not of the next run; the token of a wait ends with it.
func TestWhoFollowsARunIsToldOfItsClose(t *testing.T) {
	d := busyPlace(t, func(*Config) {}).drive(t)
	d.run("w")
	all, token := d.page(&workflowservice.GetWorkflowExecutionHistoryRequest{WaitNewEvent: true})
	require.NotEmpty(t, token)
	follows := d.decide(&workflowservice.GetWorkflowExecutionHistoryRequest{Execution: execution("w", ""), WaitNewEvent: true, NextPageToken: token})[0]
	result := d.decide(&workflowservice.GetWorkflowExecutionHistoryRequest{
		Execution: execution("w", ""), WaitNewEvent: true, HistoryEventFilterType: enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
	})[0]
	require.Empty(t, follows.outcome)
	d.must(terminate("w"))
	d.run("w")
	for _, waited := range []*asked{follows, result} {
		reply, err := d.outcome(waited)
		require.NoError(t, err)
		page := reply.(*workflowservice.GetWorkflowExecutionHistoryResponse)
		require.NoError(t, api.Settle(page))
		require.Len(t, page.History.Events, 1)
		require.EqualValues(t, len(all)+1, page.History.Events[0].EventId)
		require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, page.History.Events[0].EventType)
	}

	// Without a wait nothing of an open run's close is told, and nothing is to be asked for again.
	none, token := d.page(&workflowservice.GetWorkflowExecutionHistoryRequest{HistoryEventFilterType: enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT, SkipArchival: true})
	require.Empty(t, none)
	require.Empty(t, token)
}
