package temporal

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/gateway/temporalgrpc"
	"github.com/perdure/perdure/sdk/temporalnats"
)

const (
	mostReply = 512 << 10
	piece     = 150 << 10 // three of them fit a reply
)

// hoard has histories, and workflow tasks for a worker that has it in its cache, that are larger than a reply may be.
func hoard(ctx workflow.Context, load string) (int, error) {
	total := 0
	if err := workflow.SetQueryHandler(ctx, "total", func() (int, error) { return total, nil }); err != nil {
		return 0, err
	}
	for range 2 {
		signals := workflow.GetSignalChannel(ctx, "load")
		var pending []workflow.Future
		for range 5 {
			pending = append(pending, workflow.ExecuteActivity(quickly(ctx), "echo", load))
		}
		for _, one := range pending {
			var got, signaled string
			if err := one.Get(ctx, &got); err != nil {
				return 0, err
			}
			signals.Receive(ctx, &signaled)
			total += len(got) + len(signaled)
		}
	}
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
	return total, nil
}

// A history whose pages are larger with their payloads than a client takes comes in more pages, for clients and for
// workers, cached or not; nothing of it is lost or twice.
func TestPagesFitTheirCaller(t *testing.T) {
	t.Parallel()
	conn, err := nats.Connect(shared(t).URL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	over, err := temporalnats.New(temporalnats.Config{Conn: conn, MaxReply: mostReply})
	require.NoError(t, err)
	t.Cleanup(over.Close)
	c := dial(t, client.Options{HostPort: "passthrough:///nats", ConnectionOptions: client.ConnectionOptions{DialOptions: over.DialOptions()}})

	register := func(w worker.Worker) {
		w.RegisterWorkflowWithOptions(hoard, workflow.RegisterOptions{Name: "play"})
		w.RegisterActivityWithOptions(func(_ context.Context, text string) (string, error) { return text, nil }, activity.RegisterOptions{Name: "echo"})
	}
	queue := "hoards-" + t.Name()
	options := worker.Options{DeadlockDetectionTimeout: patience} // decoding takes its time where many tests run
	first := workerOf(t, c, queue, options, register)
	load := strings.Repeat("x", piece)
	run := begin(t, c, queue, "play", load)
	for range 10 {
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "load", load))
	}
	total := func() int {
		asked, err := c.QueryWorkflow(within(t), run.GetID(), "", "total")
		require.NoError(t, err)
		var total int
		require.NoError(t, asked.Get(&total))
		return total
	}
	eventually(t, func() bool { return total() == 20*piece }, "the workflow gets what it is sent")
	first.Stop()
	second := workerOf(t, c, queue, options, register)
	t.Cleanup(second.Stop)
	require.Equal(t, 20*piece, total(), "by a worker that replays the history")

	forth := smallPages(t, c, run, false)
	back := smallPages(t, c, run, true)
	slices.Reverse(back)
	for i, event := range forth {
		require.EqualValues(t, i+1, event.EventId)
	}
	require.True(t, slices.EqualFunc(forth, back, func(a, b *historypb.HistoryEvent) bool { return proto.Equal(a, b) }))
	follows := c.GetWorkflowHistory(within(t), run.GetID(), "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "end", nil))
	require.Equal(t, 20*piece, resultOf[int](t, run))
	closed := smallPages(t, c, run, false)
	require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, closed[len(closed)-1].EventType)
	for _, want := range closed {
		require.True(t, follows.HasNext())
		event, err := follows.Next()
		require.NoError(t, err)
		require.True(t, proto.Equal(want, event))
	}
	require.False(t, follows.HasNext())
}

// smallPages reads the history of the workflow's latest run page by page, none of which is larger than it may be.
func smallPages(t *testing.T, c client.Client, run client.WorkflowRun, reverse bool) []*historypb.HistoryEvent {
	t.Helper()
	execution := &commonpb.WorkflowExecution{WorkflowId: run.GetID()}
	var all []*historypb.HistoryEvent
	pages := 0
	for token := []byte(nil); pages == 0 || token != nil; pages++ {
		var page interface {
			proto.Message
			GetHistory() *historypb.History
			GetNextPageToken() []byte
		}
		var err error
		if reverse {
			page, err = c.WorkflowService().GetWorkflowExecutionHistoryReverse(within(t), &workflowservice.GetWorkflowExecutionHistoryReverseRequest{Namespace: "default", Execution: execution, NextPageToken: token})
		} else {
			page, err = c.WorkflowService().GetWorkflowExecutionHistory(within(t), &workflowservice.GetWorkflowExecutionHistoryRequest{Namespace: "default", Execution: execution, NextPageToken: token})
		}
		require.NoError(t, err)
		require.LessOrEqual(t, proto.Size(page), mostReply)
		require.NotEmpty(t, page.GetHistory().GetEvents())
		all = append(all, page.GetHistory().GetEvents()...)
		token = page.GetNextPageToken()
	}
	require.Greater(t, pages, 5)
	return all
}

// Over gRPC the bound is what the strictest of clients take.
func TestPagesFitOverGRPC(t *testing.T) {
	t.Parallel()
	c := dial(t, client.Options{HostPort: shared(t).GRPCAddr()})
	run := begin(t, c, "nobody's", "play")
	const signals = temporalgrpc.MaxReply/room + 1
	load := strings.Repeat("x", room)
	for range signals {
		require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "load", load))
	}
	require.Len(t, pagesOf(t, c, run, 0), signals+2)
	require.Len(t, reversePagesOf(t, c, run, 0), signals+2)
	require.NoError(t, c.TerminateWorkflow(within(t), run.GetID(), "", ""))
}
