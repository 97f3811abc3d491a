package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// Lists find the runs that a build of the workers has carried on, and a description tells where each build has begun.
func TestBuildsOfWorkers(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c := connectClient(t, s.URL())
	// Without caches: no task is sent straight to the worker that has stopped.
	code := alone.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		began.Channel(ctx).Receive(ctx)
		return waitsFor(ctx, workflow.None{})
	})
	first := startWorker(t, c, worker.Options{BuildID: "v1", StickyCacheSize: -1}, code)
	run, err := client.Start(within(t), c, alone, workflow.None{}, client.StartOptions{ID: "built", TaskQueue: queue})
	require.NoError(t, err)
	awaitEvent(t, c, "built", 4)
	require.NoError(t, first.Stop())
	startWorker(t, c, worker.Options{BuildID: "v2", StickyCacheSize: -1}, code)
	require.NoError(t, client.Signal(within(t), c, "built", "", began, "on"))
	awaitEvent(t, c, "built", 8)

	for build, want := range map[string]int64{"v1": 1, "v2": 1, "v3": 0} {
		counted, err := c.CountWorkflows(within(t), "BuildIds = 'unversioned:"+build+"'")
		require.NoError(t, err)
		require.Equal(t, want, counted.GetCount(), build)
	}
	described, err := c.Describe(within(t), "built", "")
	require.NoError(t, err)
	begun := map[string]int64{}
	for _, point := range described.GetWorkflowExecutionInfo().GetAutoResetPoints().GetPoints() {
		begun[point.GetBuildId()] = point.GetFirstWorkflowTaskCompletedId()
	}
	require.Equal(t, map[string]int64{"v1": 4, "v2": 8}, begun)

	again, err := c.Reset(within(t), "built", run.RunID(), client.ResetOptions{EventID: begun["v2"], Reason: "v2 is broken"})
	require.NoError(t, err)
	require.NoError(t, client.Signal(within(t), c, "built", "", began, "and on"))
	result, err := client.GetRun[string](c, "built", again).Result(within(t))
	require.NoError(t, err)
	require.Equal(t, "and on", result)
}
