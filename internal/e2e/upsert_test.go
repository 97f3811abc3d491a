package e2e

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// What code upserts is in lists and descriptions, and in the next run; what the namespace does not know waits until it does.
func TestUpserts(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	startWorker(t, c, worker.Options{StickyCacheSize: -1}, alone.Implement(func(ctx workflow.Context, n workflow.None) (string, error) {
		if workflow.GetInfo(ctx).ContinuedRunID == "" {
			if err := workflow.UpsertSearchAttributes(ctx, map[string]any{"Stage": "packed", "Total": nil}); err != nil {
				return "", err
			}
			if err := workflow.UpsertMemo(ctx, map[string]any{"box": 7, "draft": nil}); err != nil {
				return "", err
			}
			workflow.GetVersion(ctx, "boxes", workflow.DefaultVersion, 1)
			return "", workflow.NewContinueAsNewError(ctx, alone, n)
		}
		return waitsFor(ctx, n)
	}))
	addAttribute(t, c, "Total", "Int")
	run, err := client.Start(within(t), c, alone, workflow.None{}, client.StartOptions{
		ID: "parcel", TaskQueue: queue, SearchAttributes: map[string]any{"Total": 3}, Memo: map[string]any{"draft": true},
	})
	require.NoError(t, err)
	for event, err := range c.History(within(t), "parcel", run.RunID(), client.HistoryOptions{Follow: true}) {
		require.NoError(t, err)
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED {
			require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES, event.GetWorkflowTaskFailedEventAttributes().GetCause())
			break
		}
	}
	addAttribute(t, c, "Stage", "Keyword")

	const filter = "Stage = 'packed' AND Total IS NULL AND TemporalChangeVersion = 'boxes-1' AND WorkflowId = 'parcel'"
	eventually(t, func() bool {
		counted, err := c.CountWorkflows(within(t), filter)
		return err == nil && counted.GetCount() == 2
	}, "the two runs are not found")
	described, err := c.Describe(within(t), "parcel", "")
	require.NoError(t, err)
	info := described.GetWorkflowExecutionInfo()
	require.NotEqual(t, run.RunID(), info.GetExecution().GetRunId())
	require.Len(t, info.GetMemo().GetFields(), 1)
	require.Equal(t, "7", string(info.GetMemo().GetFields()["box"].GetData()))
	require.Equal(t, `"packed"`, string(info.GetSearchAttributes().GetIndexedFields()["Stage"].GetData()))
	require.NotContains(t, info.GetSearchAttributes().GetIndexedFields(), "Total")
}

// addAttribute adds a search attribute to the namespace.
func addAttribute(t *testing.T, c *client.Client, name, kind string) {
	t.Helper()
	request := nats.NewMsg("perdure.admin.AddSearchAttributes")
	request.Header.Set("Content-Type", "application/json")
	request.Data = []byte(`{"namespace": "default", "searchAttributes": {"` + name + `": "` + kind + `"}}`)
	reply, err := c.Conn().RequestMsgWithContext(within(t), request)
	require.NoError(t, err)
	require.Empty(t, reply.Header.Get("Nats-Service-Error"))
}
