package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/machine"
)

// page is one page of a history, forth or back.
type page struct {
	events []*historypb.HistoryEvent
	token  []byte
}

func read(t require.TestingT, r *machine.Run, reverse bool, size int32, token []byte) page {
	if reverse {
		reply, err := r.ReadHistoryReverse(&workflowservice.GetWorkflowExecutionHistoryReverseRequest{MaximumPageSize: size, NextPageToken: token})
		require.NoError(t, err)
		require.NoError(t, api.Settle(reply))
		return page{reply.GetHistory().GetEvents(), reply.NextPageToken}
	}
	reply, err := r.ReadHistory(&workflowservice.GetWorkflowExecutionHistoryRequest{MaximumPageSize: size, NextPageToken: token})
	require.NoError(t, err)
	require.NoError(t, api.Settle(reply))
	return page{reply.GetHistory().GetEvents(), reply.NextPageToken}
}

// batchOf is the number of the batch that has an event.
func batchOf(r *machine.Run, id int64) int {
	for i, batch := range r.Batches() {
		if id -= int64(len(batch)); id <= 0 {
			return i
		}
	}
	return -1
}

// Pages make up the history as it was when the first was read, whatever is appended between them; none splits a
// batch, and none has more than it may unless it is one batch.
func TestPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		s := newScript(w)
		do := func(lines ...string) {
			require.NotContains(t, s.do(parseCommand(lines)), "FAULT")
		}
		grow := func() {
			lines := []string{"complete-task force"}
			for i := range rapid.SampledFrom([]int{0, 1, 3, 100, 260}).Draw(t, "markers") {
				lines = append(lines, fmt.Sprintf("  marker m%d", i))
			}
			do("start-task")
			do(lines...)
		}
		do("start")
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			grow()
		}
		size := rapid.SampledFrom([]int32{0, 1, 2, 100, 255, 1000}).Draw(t, "size")
		for _, reverse := range []bool{false, true} {
			last := w.run().LastEventID()
			var ids []int64
			var token []byte
			for first := true; first || token != nil; first = false {
				p := read(t, w.run(), reverse, size, token)
				token = p.token
				require.NotEmpty(t, p.events)
				if batchOf(w.run(), p.events[0].EventId) != batchOf(w.run(), p.events[len(p.events)-1].EventId) {
					most := size
					if most == 0 || most > machine.MaxPage {
						most = machine.MaxPage
					}
					require.LessOrEqual(t, len(p.events), int(most))
				}
				if len(ids) > 0 {
					require.NotEqual(t, batchOf(w.run(), ids[len(ids)-1]), batchOf(w.run(), p.events[0].EventId), "a batch is split")
				}
				for _, event := range p.events {
					ids = append(ids, event.EventId)
				}
				if first {
					grow()
				}
			}
			require.Len(t, ids, int(last))
			for i, id := range ids {
				want := int64(i + 1)
				if reverse {
					want = last - int64(i)
				}
				require.Equal(t, want, id)
			}
		}
	})
}

// A token is of the run that the first page was of.
func TestPageTokensAreBoundToTheirRun(t *testing.T) {
	w := newWorld()
	s := newScript(w)
	for _, lines := range []string{"start", "start-task", "complete-task\n  continue-as-new", "advance 1s", "start-task", "complete-task force"} {
		require.NotContains(t, s.do(parseCommand(strings.Split(lines, "\n"))), "FAULT")
	}
	first, second := w.runs()[0], w.runs()[1]
	token := read(t, first, false, 1, nil).token
	require.NotEmpty(t, token)
	_, err := second.ReadHistory(&workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: token})
	require.ErrorContains(t, err, "Invalid NextPageToken: it is of another run.")
	_, err = first.ReadHistory(&workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: token, Execution: &commonpb.WorkflowExecution{RunId: second.RunID()}})
	require.ErrorContains(t, err, "RunID in the request does not match the NextPageToken.")
	_, err = first.ReadHistoryReverse(&workflowservice.GetWorkflowExecutionHistoryReverseRequest{NextPageToken: read(t, second, true, 1, nil).token})
	require.ErrorContains(t, err, "Invalid NextPageToken")
	reply, err := first.ReadHistory(&workflowservice.GetWorkflowExecutionHistoryRequest{NextPageToken: token, Execution: &commonpb.WorkflowExecution{RunId: first.RunID()}, SkipArchival: true})
	require.NoError(t, err)
	require.NoError(t, api.Settle(reply))
	require.NotEmpty(t, reply.History.Events)
}
