package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/internal/rpc"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

// A worker is listed as long as it polls, and when it is stopped the tasks of the runs in its cache go to another at once.
func TestAWorkerComesAndGoes(t *testing.T) {
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0"})
	conn := connection(t, s.URL())
	pollers := func() map[enumspb.TaskQueueType][]string {
		reply := &workflowservice.DescribeTaskQueueResponse{}
		require.NoError(t, rpc.Call(within(t), conn, names.API(runtime.DefaultNamespace, "DescribeTaskQueue"), &workflowservice.DescribeTaskQueueRequest{
			TaskQueue: &taskqueuepb.TaskQueue{Name: queue}, ApiMode: enumspb.DESCRIBE_TASK_QUEUE_MODE_ENHANCED, ReportPollers: true,
		}, reply))
		found := map[enumspb.TaskQueueType][]string{}
		for kind, info := range reply.VersionsInfo[""].TypesInfo {
			for _, p := range info.Pollers {
				found[enumspb.TaskQueueType(kind)] = append(found[enumspb.TaskQueueType(kind)], p.Identity)
			}
		}
		return found
	}
	as := func(identity string) *client.Client {
		c, err := client.Connect(client.Options{Conn: connection(t, s.URL()), Identity: identity})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		return c
	}
	const workflows, activities = enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY
	require.Empty(t, pollers())
	e := &errands{}
	one := startWorker(t, as("one"), worker.Options{}, e.implementations()...)
	eventually(t, func() bool { return slices.Contains(pollers()[activities], "one") }, "it is not listed")
	require.Equal(t, map[enumspb.TaskQueueType][]string{workflows: {"one"}, activities: {"one"}}, pollers())

	c := as("client")
	run, err := client.Start(within(t), c, errand, "tea", client.StartOptions{ID: "errand", TaskQueue: queue})
	require.NoError(t, err)
	eventually(t, func() bool { return e.fetched.Load() == 2 }, "the run does not begin")
	require.NoError(t, one.Stop())
	require.Empty(t, pollers(), "it has said goodbye")

	startWorker(t, as("two"), worker.Options{}, e.implementations()...)
	eventually(t, func() bool { return slices.Contains(pollers()[workflows], "two") }, "it is not listed")
	require.NoError(t, client.Signal(within(t), c, "errand", "", wake, "you"))
	got, err := run.Result(within(t))
	require.NoError(t, err)
	require.Contains(t, got, "by you")
}
