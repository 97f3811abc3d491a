package matching

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// unlimited is what the API's clients know for a queue without a limit of tasks a second. Tasks go out as fast as
	// workers pull them.
	unlimited = 100_000
	// onlyPriority is that of all tasks: the API's default, and the only one there is.
	onlyPriority = 3
	// pollersBytes bounds the identities in a reply of one kind, so that it fits a message.
	pollersBytes = 256 << 10
	// unnamed is the identity of pollers that opened the queue at another process, or gave none.
	unnamed = "(unknown)"
)

// DescribeTaskQueue tells a queue's backlog, how old its oldest task is, the tasks added and delivered a second in the last
// half minute or so, of all processes together, and its pollers: by name those who
// were in touch with this process in the last minutes. In the enhanced mode it does so for all kinds that are asked for. A sticky queue
// has a worker and no tasks: they are handed over or queued elsewhere.
func (m *Matching) DescribeTaskQueue(ctx context.Context, namespace string, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	ns, err := m.opened(namespace)
	if err != nil {
		return nil, err
	}
	if request.ApiMode == enumspb.DESCRIBE_TASK_QUEUE_MODE_ENHANCED {
		return ns.describeVersions(ctx, request)
	}
	d, err := ns.describe(ctx, request.TaskQueue, request.TaskQueueType)
	if err != nil {
		return nil, err
	}
	reply := &workflowservice.DescribeTaskQueueResponse{
		Pollers: d.pollers,
		EffectiveRateLimit: &workflowservice.DescribeTaskQueueResponse_EffectiveRateLimit{
			RequestsPerSecond: unlimited, RateLimitSource: enumspb.RATE_LIMIT_SOURCE_SYSTEM,
		},
	}
	if request.ReportStats {
		reply.Stats = d.state.stats()
		reply.StatsByPriorityKey = map[int32]*taskqueuepb.TaskQueueStats{onlyPriority: d.state.stats()}
	}
	if request.IncludeTaskQueueStatus {
		reply.TaskQueueStatus = d.state.status()
	}
	return reply, nil
}

// describeVersions answers the enhanced mode: one entry for each version that is asked for. All
// workers are of the unversioned one, whose name is empty.
func (n *namespace) describeVersions(ctx context.Context, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	kinds := request.TaskQueueTypes
	if len(kinds) == 0 {
		kinds = []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}
	}
	versions := map[string]*taskqueuepb.TaskQueueVersionInfo{}
	for _, version := range request.GetVersions().GetBuildIds() {
		versions[version] = noVersion(kinds, request)
	}
	if v := request.Versions; v == nil || v.Unversioned || v.AllActive {
		versions[""] = noVersion(kinds, request)
	}
	if all := versions[""]; all != nil {
		for kind, info := range all.TypesInfo {
			if err := n.describeType(ctx, request, enumspb.TaskQueueType(kind), info); err != nil {
				return nil, err
			}
		}
		if request.ReportTaskReachability {
			all.TaskReachability = enumspb.BUILD_ID_TASK_REACHABILITY_REACHABLE
		}
	}
	return &workflowservice.DescribeTaskQueueResponse{VersionsInfo: versions}, nil
}

// noVersion describes a version that has neither workers nor tasks.
func noVersion(kinds []enumspb.TaskQueueType, request *workflowservice.DescribeTaskQueueRequest) *taskqueuepb.TaskQueueVersionInfo {
	info := &taskqueuepb.TaskQueueVersionInfo{TypesInfo: map[int32]*taskqueuepb.TaskQueueTypeInfo{}}
	for _, kind := range kinds {
		info.TypesInfo[int32(kind)] = &taskqueuepb.TaskQueueTypeInfo{}
		if request.ReportStats {
			info.TypesInfo[int32(kind)].Stats = (&queueState{}).stats()
		}
	}
	if request.ReportTaskReachability {
		info.TaskReachability = enumspb.BUILD_ID_TASK_REACHABILITY_UNREACHABLE
	}
	return info
}

func (n *namespace) describeType(ctx context.Context, request *workflowservice.DescribeTaskQueueRequest, kind enumspb.TaskQueueType, into *taskqueuepb.TaskQueueTypeInfo) error {
	d, err := n.describe(ctx, request.TaskQueue, kind)
	if err != nil {
		return err
	}
	if request.ReportPollers {
		into.Pollers = d.pollers
	}
	if request.ReportStats {
		into.Stats = d.state.stats()
	}
	return nil
}

// description is what there is to tell of a queue of one kind.
type description struct {
	state   *queueState
	pollers []*taskqueuepb.PollerInfo
}

// describe describes a queue. One of a kind that no task has is empty, and nobody polls it.
func (n *namespace) describe(ctx context.Context, queue *taskqueuepb.TaskQueue, kind enumspb.TaskQueueType) (description, error) {
	isWorkflow := kind == enumspb.TASK_QUEUE_TYPE_WORKFLOW || kind == enumspb.TASK_QUEUE_TYPE_UNSPECIFIED
	switch {
	case !isWorkflow && kind != enumspb.TASK_QUEUE_TYPE_ACTIVITY:
		return description{state: &queueState{}}, nil
	case queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY:
		d := description{state: &queueState{}}
		if isWorkflow {
			d.pollers = pollerInfos(n.consumers.stickyPollers(queue.GetNormalName(), queue.GetName()))
		}
		return d, nil
	case isWorkflow:
		kind = enumspb.TASK_QUEUE_TYPE_WORKFLOW
	}
	key := queueKey{kind, queue.GetName()}
	state, err := n.stateOf(ctx, key)
	if err != nil {
		return description{}, err
	}
	return description{state, n.pollersOf(key, state)}, nil
}

// pollersOf are a queue's pollers. Where none is known and yet somebody pulls, that one has no name.
func (n *namespace) pollersOf(key queueKey, state *queueState) []*taskqueuepb.PollerInfo {
	known, left := n.consumers.pollersOf(key)
	if len(known) == 0 {
		if seen := state.pulled(left); !seen.IsZero() {
			known = map[string]poller{unnamed: {seen: seen}}
		}
	}
	return pollerInfos(known)
}

func pollerInfos(known map[string]poller) []*taskqueuepb.PollerInfo {
	var infos []*taskqueuepb.PollerInfo
	for _, identity := range byIdentity(known, pollersBytes) {
		infos = append(infos, &taskqueuepb.PollerInfo{
			Identity: identity, LastAccessTime: timestamppb.New(known[identity].seen), RatePerSecond: unlimited,
		})
	}
	return infos
}

func (s *queueState) stats() *taskqueuepb.TaskQueueStats {
	return &taskqueuepb.TaskQueueStats{
		ApproximateBacklogCount: s.backlog,
		ApproximateBacklogAge:   durationpb.New(s.age),
		TasksAddRate:            s.addRate,
		TasksDispatchRate:       s.dispatchRate,
	}
}

func (s *queueState) status() *taskqueuepb.TaskQueueStatus {
	return &taskqueuepb.TaskQueueStatus{BacklogCountHint: s.backlog, ReadLevel: s.readLevel, AckLevel: s.ackLevel, RatePerSecond: unlimited}
}
