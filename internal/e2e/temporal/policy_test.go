package temporal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// What becomes of a second start of an id, by the policies and by how the first run stands.
func TestIDPolicies(t *testing.T) {
	type start = func(*client.StartWorkflowOptions)
	reuse := func(p enumspb.WorkflowIdReusePolicy) start {
		return func(o *client.StartWorkflowOptions) { o.WorkflowIDReusePolicy = p }
	}
	conflict := func(p enumspb.WorkflowIdConflictPolicy) start {
		return func(o *client.StartWorkflowOptions) { o.WorkflowIDConflictPolicy = p }
	}
	const open, completed, failed = "open", "completed", "failed"
	cases := map[string]struct {
		first string
		start start
		want  string // "same" run, "other" run, "refused"
	}{
		"open, by default":              {open, func(*client.StartWorkflowOptions) {}, "refused"},
		"open, fail":                    {open, conflict(enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL), "refused"},
		"open, use existing":            {open, conflict(enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING), "same"},
		"open, terminate existing":      {open, conflict(enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING), "other"},
		"open, terminate if running":    {open, reuse(enumspb.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING), "other"},
		"completed, by default":         {completed, func(*client.StartWorkflowOptions) {}, "other"},
		"completed, failed only":        {completed, reuse(enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY), "refused"},
		"completed, reject":             {completed, reuse(enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE), "refused"},
		"failed, failed only":           {failed, reuse(enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY), "other"},
		"failed, reject":                {failed, reuse(enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE), "refused"},
		"completed, terminate existing": {completed, conflict(enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING), "other"},
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		queue := gatherer(t, c)
		for name, is := range cases {
			t.Run(name, func(t *testing.T) {
				options := client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: queue, WorkflowExecutionErrorWhenAlreadyStarted: true}
				first, err := c.ExecuteWorkflow(within(t), options, gathering, 1)
				require.NoError(t, err)
				firstRun := first.GetRunID()
				switch is.first {
				case completed:
					require.NoError(t, c.SignalWorkflow(within(t), first.GetID(), "", "n", 0))
					resultOf[[]int](t, first)
				case failed:
					require.NoError(t, c.TerminateWorkflow(within(t), first.GetID(), "", ""))
				}
				is.start(&options)
				second, err := c.ExecuteWorkflow(within(t), options, gathering, 1)
				if is.want == "refused" {
					var started *serviceerror.WorkflowExecutionAlreadyStarted
					require.ErrorAs(t, err, &started)
					require.Equal(t, firstRun, started.RunId)
					require.NotEmpty(t, started.StartRequestId)
					require.True(t, temporal.IsWorkflowExecutionAlreadyStartedError(err))
				} else {
					require.NoError(t, err)
					require.Equal(t, is.want == "same", second.GetRunID() == firstRun)
				}
				require.NoError(t, ignoreMissing(c.TerminateWorkflow(within(t), options.ID, "", "")))
			})
		}
	})
}

// Without asking for the error, a second start is the first one's run.
func TestSecondStartIsTheFirst(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		options := client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: gatherer(t, c)}
		first, err := c.ExecuteWorkflow(within(t), options, gathering, 1)
		require.NoError(t, err)
		second, err := c.ExecuteWorkflow(within(t), options, gathering, 1)
		require.NoError(t, err)
		require.Equal(t, first.GetRunID(), second.GetRunID())
		require.NoError(t, c.SignalWorkflow(within(t), options.ID, "", "n", 5))
		require.Equal(t, []int{5}, resultOf[[]int](t, second))
	})
}
