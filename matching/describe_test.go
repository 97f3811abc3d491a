package matching

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

func describeAs(t *testing.T, m *Matching, r *workflowservice.DescribeTaskQueueRequest) *workflowservice.DescribeTaskQueueResponse {
	t.Helper()
	if r.TaskQueue == nil {
		r.TaskQueue = &taskqueuepb.TaskQueue{Name: queueName}
	}
	reply, err := m.DescribeTaskQueue(within(t), in.Namespace, r)
	require.NoError(t, err)
	return reply
}

func describe(t *testing.T, m *Matching) *workflowservice.DescribeTaskQueueResponse {
	t.Helper()
	return describeAs(t, m, &workflowservice.DescribeTaskQueueRequest{ReportStats: true, IncludeTaskQueueStatus: true})
}

func describeSticky(t *testing.T, m *Matching, name, normal string) *workflowservice.DescribeTaskQueueResponse {
	t.Helper()
	return describeAs(t, m, &workflowservice.DescribeTaskQueueRequest{
		TaskQueue:   &taskqueuepb.TaskQueue{Name: name, Kind: enumspb.TASK_QUEUE_KIND_STICKY, NormalName: normal},
		ReportStats: true, IncludeTaskQueueStatus: true,
	})
}

func TestDescribeTaskQueue(t *testing.T) {
	m := open(t, startServer(t).connect())
	empty := describe(t, m)
	require.Zero(t, empty.Stats.ApproximateBacklogCount)
	require.Empty(t, empty.Pollers)

	for i := range 3 {
		m.Queue(in.Namespace, task(i))
	}
	counted(t, m.config.Conn, 3)
	backlog := describe(t, m)
	require.EqualValues(t, 3, backlog.Stats.ApproximateBacklogCount)
	require.EqualValues(t, 3, backlog.TaskQueueStatus.BacklogCountHint)
	require.Positive(t, backlog.Stats.ApproximateBacklogAge.AsDuration())
	require.True(t, proto.Equal(backlog.Stats, backlog.StatsByPriorityKey[onlyPriority]))
	require.Len(t, backlog.StatsByPriorityKey, 1)
	require.InDelta(t, unlimited, backlog.EffectiveRateLimit.RequestsPerSecond, 0)
	require.Empty(t, backlog.Pollers)

	before := time.Now()
	require.Len(t, pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, 3), 3)
	settled(t, m.config.Conn, 0)
	polled := describe(t, m)
	require.Zero(t, polled.Stats.ApproximateBacklogCount)
	require.Len(t, polled.Pollers, 1)
	require.Equal(t, "w1", polled.Pollers[0].Identity)
	require.WithinRange(t, polled.Pollers[0].LastAccessTime.AsTime(), before, time.Now())
	require.InDelta(t, unlimited, polled.Pollers[0].RatePerSecond, 0)

	less := describeAs(t, m, &workflowservice.DescribeTaskQueueRequest{TaskQueueType: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	require.Len(t, less.Pollers, 1)
	require.Nil(t, less.Stats)
	require.Nil(t, less.StatsByPriorityKey)
	require.Nil(t, less.TaskQueueStatus)
	require.Nil(t, less.VersionsInfo)
	for _, kind := range []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_ACTIVITY, enumspb.TASK_QUEUE_TYPE_NEXUS} { // the Web UI asks for both
		require.Empty(t, describeAs(t, m, &workflowservice.DescribeTaskQueueRequest{TaskQueueType: kind}).Pollers)
	}
	_, err := m.DescribeTaskQueue(within(t), "another", &workflowservice.DescribeTaskQueueRequest{})
	require.ErrorAs(t, err, new(*serviceerror.NamespaceNotFound))
}

// A queue whose consumer is gone still tells its backlog.
func TestDescribeWithoutConsumer(t *testing.T) {
	m := open(t, startServer(t).connect())
	m.Queue(in.Namespace, task(1))
	settled(t, m.config.Conn, 1)
	stream := tasks(t, m.config.Conn)
	names := stream.ConsumerNames(within(t))
	for name := range names.Name() {
		err := stream.DeleteConsumer(within(t), name)
		require.True(t, err == nil || errors.Is(err, jetstream.ErrConsumerNotFound))
	}
	require.EqualValues(t, 1, describe(t, m).Stats.ApproximateBacklogCount)
	require.Positive(t, describe(t, m).Stats.ApproximateBacklogAge.AsDuration())
}

// So does one that gets no consumer; and to look at a queue that is not there makes none.
func TestDescribeWhereNoConsumerMayBe(t *testing.T) {
	m := open(t, startServer(t, func(o *server.Options) { o.JetStreamLimits.DefaultMaxConsumers = 1 }).connect())
	require.Zero(t, describe(t, m).Stats.ApproximateBacklogCount)
	_, err := m.OpenTaskQueue(within(t), in.Namespace, &workerpb.OpenTaskQueueRequest{TaskQueue: "first", Type: enumspb.TASK_QUEUE_TYPE_WORKFLOW})
	require.NoError(t, err)
	for i := range 3 {
		m.Queue(in.Namespace, task(i))
	}
	settled(t, m.config.Conn, 3)
	for range 2 {
		stats := describe(t, m).Stats
		require.EqualValues(t, 3, stats.ApproximateBacklogCount)
		require.Positive(t, stats.ApproximateBacklogAge.AsDuration())
	}
}

// As `temporal task-queue describe` asks.
func TestDescribeEnhanced(t *testing.T) {
	const workflow, activity, nexus = enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY, enumspb.TASK_QUEUE_TYPE_NEXUS
	m := open(t, startServer(t).connect())
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w1"})
	for i := range 3 {
		m.Queue(in.Namespace, task(i))
	}
	counted(t, m.config.Conn, 3)
	enhanced := func(change func(*workflowservice.DescribeTaskQueueRequest)) map[string]*taskqueuepb.TaskQueueVersionInfo {
		r := &workflowservice.DescribeTaskQueueRequest{ApiMode: enumspb.DESCRIBE_TASK_QUEUE_MODE_ENHANCED, ReportPollers: true, ReportStats: true}
		change(r)
		reply := describeAs(t, m, r)
		require.Nil(t, reply.Stats)
		require.Empty(t, reply.Pollers)
		return reply.VersionsInfo
	}
	all := enhanced(func(r *workflowservice.DescribeTaskQueueRequest) {
		r.TaskQueueTypes, r.ReportTaskReachability = []enumspb.TaskQueueType{workflow, activity, nexus, nexus}, true
	})
	require.Len(t, all, 1)
	require.Equal(t, enumspb.BUILD_ID_TASK_REACHABILITY_REACHABLE, all[""].TaskReachability)
	types := all[""].TypesInfo
	require.Len(t, types, 3)
	require.Equal(t, "w1", types[int32(workflow)].Pollers[0].Identity)
	require.EqualValues(t, 3, types[int32(workflow)].Stats.ApproximateBacklogCount)
	require.Positive(t, types[int32(workflow)].Stats.TasksAddRate)
	for _, kind := range []enumspb.TaskQueueType{activity, nexus} {
		require.Empty(t, types[int32(kind)].Pollers)
		require.Zero(t, types[int32(kind)].Stats.ApproximateBacklogCount)
	}

	plain := enhanced(func(r *workflowservice.DescribeTaskQueueRequest) { r.ReportPollers, r.ReportStats = false, false })
	require.Len(t, plain[""].TypesInfo, 2)
	require.True(t, proto.Equal(&taskqueuepb.TaskQueueTypeInfo{}, plain[""].TypesInfo[int32(workflow)]))
	require.Equal(t, enumspb.BUILD_ID_TASK_REACHABILITY_UNSPECIFIED, plain[""].TaskReachability)

	versions := enhanced(func(r *workflowservice.DescribeTaskQueueRequest) {
		r.Versions, r.ReportTaskReachability = &taskqueuepb.TaskQueueVersionSelection{BuildIds: []string{"1.0"}}, true
	})
	require.Len(t, versions, 1)
	require.Equal(t, enumspb.BUILD_ID_TASK_REACHABILITY_UNREACHABLE, versions["1.0"].TaskReachability)
	require.Empty(t, versions["1.0"].TypesInfo[int32(workflow)].Pollers)
	for _, selection := range []*taskqueuepb.TaskQueueVersionSelection{{BuildIds: []string{""}}, {Unversioned: true}, {AllActive: true}} {
		selection.BuildIds = append(selection.BuildIds, "1.0")
		both := enhanced(func(r *workflowservice.DescribeTaskQueueRequest) { r.Versions = selection })
		require.Len(t, both, 2)
		require.Len(t, both[""].TypesInfo[int32(workflow)].Pollers, 1)
	}
}

func TestDescribeStickyQueue(t *testing.T) {
	m := open(t, startServer(t).connect())
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w1", StickyTaskQueue: "s1"})
	openQueue(t, m, &workerpb.OpenTaskQueueRequest{Identity: "w2", StickyTaskQueue: "s2"})
	for _, normal := range []string{"", queueName} {
		reply := describeSticky(t, m, "s1", normal)
		require.Len(t, reply.Pollers, 1)
		require.Equal(t, "w1", reply.Pollers[0].Identity)
		require.Zero(t, reply.Stats.ApproximateBacklogCount)
		require.NotNil(t, reply.TaskQueueStatus)
	}
	require.Empty(t, describeSticky(t, m, "s1", "another").Pollers)
	require.Empty(t, describeSticky(t, m, "s3", "").Pollers)
	require.Empty(t, describeSticky(t, m, queueName, "").Pollers)
	goodbye(t, m, &workflowservice.ShutdownWorkerRequest{Identity: "w1", StickyTaskQueue: "s1"})
	require.Empty(t, describeSticky(t, m, "s1", "").Pollers)
}
